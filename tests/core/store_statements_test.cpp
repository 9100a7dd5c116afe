#include "agents/stores.h"
#include "support/sqlite_database.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <memory>

using namespace agents;
using namespace agents::testing;

namespace {

// Remembers the last batch.
class Counting final : public SqlDatabase {
 public:
  std::vector<SqlStatement> last;

  Task<std::vector<Rows>> batch(std::vector<SqlStatement> statements) override {
    last = statements;
    return database_.batch(std::move(statements));
  }
  SqlLimits limits() const override { return database_.limits(); }
  Task<> close() override { return database_.close(); }

 private:
  SqliteDatabase database_;
};

}  // namespace

TEST_CASE("a fold of any size is a handful of statements with few parameters") {
  auto database = std::make_shared<Counting>();
  auto store = makeSqlStore(database, {});
  append(*store, "c", std::vector<std::string>(1000, user("x")));
  auto all = uids(*store, "c");
  Change fold{"fold"};
  fold.edits.push_back(edit::Shelve{all, "s"});
  fold.edits.push_back(edit::StandIn{"s", {{}, itemsOf({user("S")})}});
  fold.edits.push_back(edit::Note{"s", "{}"});
  apply(*store, "c", fold);
  CHECK(database->last.size() <= 12);
  for (const auto& statement : database->last) CHECK(statement.params.size() <= 10);
  Change undo{"undo"};
  undo.edits.push_back(edit::Remove{{"fold.0"}});
  undo.edits.push_back(edit::Restore{"s", true});
  apply(*store, "c", undo);
  CHECK(database->last.size() <= 9);
  CHECK(uids(*store, "c") == all);
}
