#include "agents/stores.h"
#include "session/schema.h"
#include "support/python_session.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

using namespace agents;
using namespace agents::testing;

TEST_CASE("a new database gets the same tables as one that Python laid out") {
  auto fresh = std::make_shared<SqliteDatabase>();
  auto pythons = std::make_shared<SqliteDatabase>();
  PythonSession python(pythons.get());
  history(*makeSqlStore(fresh, {}), "c");
  history(*makeSqlStore(pythons, {}), "c");
  for (std::string table : {"agent_sessions", "agent_messages"}) {
    auto columns = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('" + table + "')";
    CHECK(dump(*fresh, columns) == dump(*pythons, columns));
  }
}

TEST_CASE("setting up a database twice changes nothing") {
  auto database = std::make_shared<SqliteDatabase>();
  append(*makeSqlStore(database, {}), "c", {user("one")});
  auto schema = schemaOf(*database), content = contentOf(*database);
  CHECK(history(*makeSqlStore(database, {}), "c") == user("one"));
  CHECK(schemaOf(*database) == schema);
  CHECK(contentOf(*database) == content);
}

namespace {

void setVersion(SqliteDatabase& database, const std::string& version) {
  database.run("UPDATE agents_wasm_meta SET value = ? WHERE key = 'schema'", {version});
}

// A file with a conversation, a shelf and a title, that says it is of a newer version.
std::shared_ptr<SqliteDatabase> newerFile() {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  Change change{"first"};
  change.edits.push_back(appending({user("one"), user("two")}));
  change.edits.push_back(edit::Describe{"A title", "{\"a\":1}"});
  change.edits.push_back(edit::Shelve{{"first.0.0"}, "s"});
  apply(*store, "c", change);
  setVersion(*database, "99");
  return database;
}

// A database to which something happens between the look at it and the migration.
class Overtaken final : public SqlDatabase {
 public:
  Overtaken(std::shared_ptr<SqliteDatabase> database, std::function<void()> event)
      : database_(std::move(database)), event_(std::move(event)) {}

  Task<std::vector<Rows>> batch(std::vector<SqlStatement> statements) override {
    if (++batches_ == 3) event_();
    return database_->batch(std::move(statements));
  }
  SqlLimits limits() const override { return database_->limits(); }
  Task<> close() override { return database_->close(); }

 private:
  std::shared_ptr<SqliteDatabase> database_;
  std::function<void()> event_;
  int batches_ = 0;
};

}  // namespace

TEST_CASE("a file of a newer version is read, and refuses every change with both versions") {
  auto database = newerFile();
  database->run("CREATE TABLE something_new (a)");
  database->run("ALTER TABLE agent_messages ADD COLUMN newer TEXT");
  auto content = contentOf(*database), schema = schemaOf(*database);
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "c") == user("two"));
  CHECK(history(*store, "c", "s") == user("one"));
  CHECK(read(*store, shelvesOf("c")).shelves.size() == 1);
  CHECK(list(*store).conversations.at(0).title == "A title");
  auto message = messageOf([&] { append(*store, "c", {user("three")}); });
  for (auto part :
       {std::string("version 99"), "version " + std::to_string(SchemaVersion), std::string("update agents-wasm")}) {
    CHECK(message.find(part) != std::string::npos);
  }
  std::vector<Edit> edits{edit::Remove{{"first.0.1"}},
                          edit::Replace{"first.0.1", user("x")},
                          edit::Restore{"s"},
                          edit::Note{"s", "{}"},
                          edit::Describe{"t", "{}"},
                          edit::Clear{},
                          edit::Delete{},
                          edit::Hold{"run", 1000},
                          edit::Release{"run"}};
  for (const auto& edit : edits) {
    CAPTURE(edit.index());
    CHECK(codeOf([&] { edit1(*store, "c", edit); }) == ErrorCode::SessionUnsupported);
  }
  CHECK(contentOf(*database) == content);
  CHECK(schemaOf(*database) == schema);
}

TEST_CASE("a file of a newer version that lacks something to read is refused and left alone") {
  for (std::string change :
       {"ALTER TABLE agent_messages RENAME COLUMN uid TO id_of_it", "ALTER TABLE agent_sessions DROP COLUMN metadata",
        "DROP TABLE agents_wasm_agent_messages_shelves",
        "ALTER TABLE agents_wasm_agent_messages_leases RENAME TO others"}) {
    CAPTURE(change);
    auto database = newerFile();
    database->run(change);
    auto content = contentOf(*database);
    auto store = makeSqlStore(database, {});
    CHECK(codeOf([&] { history(*store, "c"); }) == ErrorCode::SessionUnsupported);
    auto message = messageOf([&] { append(*store, "c", {user("two")}); });
    CHECK(message.find("version 99") != std::string::npos);
    CHECK(message.find("update agents-wasm") != std::string::npos);
    CHECK(contentOf(*database) == content);
  }
}

TEST_CASE("a file that another process brings to a newer version is read on, and not written any more") {
  auto database = newerFile();
  setVersion(*database, std::to_string(SchemaVersion));
  auto store = makeSqlStore(database, {});
  append(*store, "c", {user("three")});
  setVersion(*database, "99");
  auto content = contentOf(*database);
  CHECK(codeOf([&] { append(*store, "c", {user("four")}); }) == ErrorCode::SessionUnsupported);
  CHECK(codeOf([&] { edit1(*store, "c", edit::Hold{"run", 1000}); }) == ErrorCode::SessionUnsupported);
  CHECK(contentOf(*database) == content);
  CHECK(history(*store, "c") == joined({user("two"), user("three")}));
}

TEST_CASE("a migration that a newer version overtakes leaves that version's file alone") {
  auto file = newerFile();
  file->run("DROP TABLE agents_wasm_agent_messages_leases");
  setVersion(*file, "1");
  std::string content;
  auto database = std::make_shared<Overtaken>(file, [&] {
    history(*makeSqlStore(file, {}), "c");
    setVersion(*file, "99");
    content = contentOf(*file);
  });
  auto store = makeSqlStore(database, {});
  CHECK(history(*store, "c") == user("two"));
  CHECK(codeOf([&] { append(*store, "c", {user("three")}); }) == ErrorCode::SessionUnsupported);
  CHECK(contentOf(*file) == content);
}

TEST_CASE("a foreign table of our name is refused and left alone") {
  for (std::string sql :
       {"CREATE TABLE agent_messages (id INTEGER, text TEXT)", "CREATE TABLE agent_sessions (a)",
        "CREATE TABLE agents_wasm_meta (a)", "CREATE TABLE agents_wasm_operations (seq INTEGER, op_id TEXT)",
        "CREATE TABLE agents_wasm_agent_messages_shelf (id INTEGER PRIMARY KEY, session_id TEXT, shelf TEXT)",
        "CREATE TABLE agents_wasm_agent_messages_shelves (name TEXT)",
        "CREATE TABLE agents_wasm_agent_messages_leases (session_id TEXT, until INTEGER)",
        "CREATE VIEW agent_messages AS SELECT 1 AS id, 'c' AS session_id, '{}' AS message_data, '' AS created_at"}) {
    CAPTURE(sql);
    auto database = std::make_shared<SqliteDatabase>();
    database->run(sql);
    auto schema = schemaOf(*database);
    auto store = makeSqlStore(database, {});
    CHECK(codeOf([&] { history(*store, "c"); }) == ErrorCode::SessionCorrupt);
    CHECK(codeOf([&] { append(*store, "c", {user("one")}); }) == ErrorCode::SessionCorrupt);
    CHECK(schemaOf(*database) == schema);
  }
}

TEST_CASE("a migration that breaks off leaves the database as it was, and the next call makes it whole") {
  for (int statement = 0;; ++statement) {
    CAPTURE(statement);
    auto database = std::make_shared<SqliteDatabase>();
    PythonSession(database.get()).add("c", {user("one")});
    auto schema = schemaOf(*database);
    auto store = makeSqlStore(database, {});
    database->failBatch(1, statement);
    auto code = codeOf([&] { history(*store, "c"); });
    if (!code) {
      CHECK(statement > 10);
      break;
    }
    CHECK(code == ErrorCode::SessionQuota);
    CHECK(schemaOf(*database) == schema);
    CHECK(history(*store, "c") == user("one"));
  }
}

TEST_CASE("a change that breaks off leaves nothing, and can be sent again") {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  append(*store, "c", {user("old")});
  edit1(*store, "c", appending({user("shelved")}, "s"));
  Change change{"change"};
  change.edits.push_back(appending({user("new")}));
  change.edits.push_back(edit::Restore{"s"});
  change.edits.push_back(edit::Describe{"title", "{}"});
  change.edits.push_back(edit::Remove{{"change.0.0"}});
  auto content = contentOf(*database);
  for (int statement = 0;; ++statement) {
    CAPTURE(statement);
    // The first batch asks for an index that would have to forget something.
    database->failBatch(1, statement);
    if (!codeOf([&] { apply(*store, "c", change); })) break;
    CHECK(contentOf(*database) == content);
  }
  CHECK(history(*store, "c") == joined({user("old"), user("shelved")}));
}

TEST_CASE("the first calls on a database may come at once") {
  FakeHost host;
  auto database = std::make_shared<SqliteDatabase>(":memory:", &host);
  auto store = makeSqlStore(database, {});
  auto other = makeSqlStore(database, {});
  Change change{"x"};
  change.edits.push_back(appending({user("one")}));
  Started<Applied> first(store->apply("c", change));
  Started<Page> second(store->read({"c"}));
  Started<ConversationPage> third(other->list({}));
  host.deliverAll();
  CHECK_FALSE(first.result().repeated);
  CHECK(second.result().items.count <= 1);
  CHECK(third.result().conversations.size() <= 1);
}

TEST_CASE("a change whose caller is gone before it was sent takes no effect") {
  FakeHost host;
  auto database = std::make_shared<SqliteDatabase>(":memory:", &host);
  auto store = makeSqlStore(database, {});
  host.finish(store->read({"c"}));
  {
    Change change{"x"};
    change.edits.push_back(appending({user("one")}));
    Started<Applied> abandoned(store->apply("c", change));
  }
  CHECK_FALSE(host.deliver());
  CHECK(host.finish(store->read({"c"})).items.count == 0);
}

TEST_CASE("stores with other table names share a database and no items") {
  auto database = std::make_shared<SqliteDatabase>();
  auto ours = makeSqlStore(database, {});
  auto others = makeSqlStore(database, {"my_sessions", "my_messages"});
  append(*ours, "c", {user("one")});
  append(*others, "c", {user("two")});
  edit1(*ours, "c", appending({user("three")}, "s"));
  edit1(*others, "c", edit::Clear{});
  CHECK(history(*ours, "c") == user("one"));
  CHECK(history(*ours, "c", "s") == user("three"));
  CHECK(history(*others, "c").empty());
}

TEST_CASE("a deleted or cleared conversation leaves no word behind in the tables") {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  for (Edit last : {Edit(edit::Delete{}), Edit(edit::Clear{})}) {
    append(*store, "c", {user("SECRET"), user("SECRET")});
    removeNewest(*store, "c");
    edit1(*store, "c", appending({user("SECRET")}, "s"));
    CHECK(contentOf(*database).find("SECRET") != std::string::npos);
    edit1(*store, "c", last);
    CHECK(contentOf(*database).find("SECRET") == std::string::npos);
  }
}

TEST_CASE("the last thousand operations are remembered") {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  for (int i = 0; i < 1010; ++i) append(*store, "c", {user("x")});
  CHECK(show(database->run("SELECT COUNT(*) FROM agents_wasm_operations")[0][0]) == "1000");
}

TEST_CASE("a table name is a letter or underscore, then letters, digits and underscores") {
  for (auto name : {"a", "_", "agent_messages", "T2"}) CHECK(isTableName(name));
  for (auto name : {"", "2a", "a b", "a;b", "a\"", "\xC3\xA4", "sqlite_x", "agents_wasm_meta", "a-b", "a.b"})
    CHECK_FALSE(isTableName(name));
  CHECK(isTableName(std::string(63, 'x')));
  CHECK_FALSE(isTableName(std::string(64, 'x')));
}
