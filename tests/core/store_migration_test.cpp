#include "agents/stores.h"
#include "support/python_session.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>

using namespace agents;
using namespace agents::testing;

namespace {

std::shared_ptr<SqliteDatabase> fixture(const std::string& name, FakeHost* host) {
  auto database = std::make_shared<SqliteDatabase>(":memory:", host);
  std::ifstream file(FIXTURES "/" + name);
  REQUIRE(file);
  for (std::string statement; std::getline(file, statement);) database->run(statement);
  return database;
}

// A file as version 1 of the schema left it: a conversation with two shelves, one by Python, and a shelf whose
// conversation Python cleared.
std::shared_ptr<SqliteDatabase> version1(FakeHost* host = nullptr) { return fixture("schema_v1.sql", host); }

// As version 2 left it: a conversation with a shelf of items that were in its history, a journal and a lease.
std::shared_ptr<SqliteDatabase> version2(FakeHost* host = nullptr) { return fixture("schema_v2.sql", host); }

// As version 3 left it: two items of a conversation are folded, and one stands in the place of the second.
std::shared_ptr<SqliteDatabase> version3(FakeHost* host = nullptr) { return fixture("schema_v3.sql", host); }

}  // namespace

TEST_CASE("a file of version 1 opens with all that it has") {
  auto database = version1();
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "chat") == joined({user("two"), user("four")}));
  CHECK(history(*store, "chat", "journal") == user("three"));
  CHECK(history(*store, "chat", "folded") == user("one"));
  CHECK(history(*store, "pythons") == R"({"role":"user","content":"by Python"})");
  CHECK(read(*store, {"chat"}).version == "6.5");
  auto shelves = read(*store, shelvesOf("chat")).shelves;
  REQUIRE(shelves.size() == 2);
  CHECK(shelves[0].name == "journal");
  CHECK(shelves[0].createdAt == "2026-11-22T14:12:16.447Z");
  CHECK(shelves[1].name == "folded");
  CHECK(shelves[1].count == 1);
  auto conversations = list(*store).conversations;
  REQUIRE(conversations.size() == 2);
  CHECK(conversations[0].title == "A title");
}

TEST_CASE("a file of version 1 takes every edit, and Python reads it on") {
  auto database = version1();
  auto store = makeSqlStore(database, {});
  edit1(*store, "chat", edit::Restore{"journal"});
  edit1(*store, "chat", edit::Note{"folded", "{}"});
  edit1(*store, "chat", edit::Hold{"run", 1000});
  edit1(*store, "chat", appending({user("six")}, "new"));
  CHECK(uids(*store, "chat") == std::vector<std::string>{"op-1.0.1", "op-3.0.0", "op-2.0.0"});
  CHECK(read(*store, shelvesOf("chat")).shelves.size() == 2);
  CHECK(read(*store, shelvesOf("chat")).lease->holder == "run");
  CHECK(PythonSession(database.get()).items("chat") == std::vector{user("two"), user("four"), user("three")});
}

TEST_CASE("what version 1 knew of operations still counts") {
  auto store = makeSqlStore(version1(), {});
  Change change{"op-3"};
  change.edits.push_back(appending({user("four"), user("five")}));
  auto again = apply(*store, "chat", change);
  CHECK(again.repeated);
  CHECK(again.version == "3.6");
}

TEST_CASE("a shelf of version 1 whose conversation is gone does not come back with a new one") {
  auto database = version1();
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "gone", "journal").empty());
  append(*store, "gone", {user("eight")});
  CHECK(history(*store, "gone", "journal").empty());
  CHECK(contentOf(*database).find("seven") != std::string::npos);
  edit1(*store, "gone", edit::Note{"other", "{}"});
  CHECK(read(*store, shelvesOf("gone")).shelves.size() == 1);
  CHECK(contentOf(*database).find("seven") == std::string::npos);
}

TEST_CASE("a file of version 2 opens with all that it has, and remembers places from then on") {
  auto database = version2();
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "chat") == joined({user("two"), user("four"), user("five")}));
  CHECK(history(*store, "chat", "folded") == joined({user("one"), user("three")}));
  auto shelves = read(*store, shelvesOf("chat")).shelves;
  REQUIRE(shelves.size() == 2);
  CHECK(shelves[0].note == R"({"by":"hand"})");
  CHECK(read(*store, shelvesOf("chat")).lease->holder == "run-2");
  CHECK(read(*store, {"chat"}).version == "5.5");

  Change fold{"fold"};
  fold.edits.push_back(edit::Shelve{{"op-1.0.1", "op-1.0.3"}, "new"});
  fold.edits.push_back(edit::StandIn{"new", {{}, itemsOf({user("two and four")})}});
  fold.edits.push_back(edit::StandIn{"folded", {{}, itemsOf({user("one and three")})}});
  apply(*store, "chat", fold);
  auto python = [&] { return PythonSession(database.get()).items("chat"); };
  CHECK(python() == std::vector{user("two and four"), user("five"), user("one and three")});
  edit1(*store, "chat", edit::Remove{{"fold.0", "fold.1"}});
  edit1(*store, "chat", edit::Restore{"new", true});
  edit1(*store, "chat", edit::Restore{"folded", true});
  CHECK(python() == std::vector{user("two"), user("four"), user("five"), user("one"), user("three")});
}

TEST_CASE("a file of version 3 opens with all that it has, and its fold is taken back") {
  auto database = version3();
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "chat") == joined({user("one"), user("two and three"), user("four"), user("five")}));
  CHECK(history(*store, "chat", "folded") == joined({user("two"), user("three")}));
  CHECK(read(*store, shelvesOf("chat")).lease->holder == "run-2");
  Change undo{"undo"};
  undo.edits.push_back(edit::Remove{{"op-3.0"}});
  undo.edits.push_back(edit::Restore{"folded", true});
  apply(*store, "chat", undo);
  CHECK(PythonSession(database.get()).items("chat") ==
        std::vector{user("one"), user("two"), user("three"), user("four"), user("five")});
}

TEST_CASE("a migration from version 1 that breaks off leaves the file as it was, and the next call makes it whole") {
  for (int statement = 0;; ++statement) {
    CAPTURE(statement);
    auto database = version1();
    auto schema = schemaOf(*database), content = contentOf(*database);
    auto store = makeSqlStore(database, {});
    database->failBatch(2, statement);
    auto code = codeOf([&] { history(*store, "chat"); });
    if (!code) {
      CHECK(statement > 10);
      break;
    }
    CHECK(code == ErrorCode::SessionQuota);
    CHECK(schemaOf(*database) == schema);
    CHECK(contentOf(*database) == content);
    CHECK(history(*store, "chat", "folded") == user("one"));
  }
}

TEST_CASE("two stores may migrate one file at once") {
  FakeHost host;
  auto database = version1(&host);
  auto first = makeSqlStore(database, {});
  auto second = makeSqlStore(database, {});
  Change change{"x"};
  change.edits.push_back(edit::Note{"journal", "{}"});
  Started<Applied> applied(first->apply("chat", change));
  Started<Page> page(second->read({"chat", "journal"}));
  host.deliverAll();
  CHECK_FALSE(applied.result().repeated);
  CHECK(page.result().items.text.text() == user("three"));
  auto other = version1();
  history(*makeSqlStore(other, {}), "chat");
  CHECK(schemaOf(*database) == schemaOf(*other));
}

TEST_CASE("a migrated file has the same schema as a new one") {
  auto columns = [](SqliteDatabase& database) {
    return dump(database,
                "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_master m, "
                "pragma_table_info(m.name) c WHERE m.type IN ('table', 'index') ORDER BY m.name, c.name");
  };
  auto fresh = std::make_shared<SqliteDatabase>();
  history(*makeSqlStore(fresh, {}), "c");
  for (auto& old : {version1(), version2(), version3()}) {
    history(*makeSqlStore(old, {}), "c");
    CHECK(columns(*old) == columns(*fresh));
    CHECK(dump(*old, "SELECT value FROM agents_wasm_meta") == "4|\n");
  }
}
