#include "agents/stores.h"
#include "support/python_session.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

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

TEST_CASE("a newer schema version is refused and left alone") {
  auto database = std::make_shared<SqliteDatabase>();
  append(*makeSqlStore(database, {}), "c", {user("one")});
  database->run("UPDATE agents_wasm_meta SET value = '5' WHERE key = 'schema'");
  auto content = contentOf(*database);
  auto store = makeSqlStore(database, {});
  CHECK(codeOf([&] { history(*store, "c"); }) == ErrorCode::SessionUnsupported);
  CHECK(codeOf([&] { append(*store, "c", {user("two")}); }) == ErrorCode::SessionUnsupported);
  CHECK(contentOf(*database) == content);
}

TEST_CASE("a foreign table of our name is refused and left alone") {
  for (std::string sql : {"CREATE TABLE agent_messages (id INTEGER, text TEXT)", "CREATE TABLE agent_sessions (a)",
                          "CREATE TABLE agents_wasm_meta (a)"}) {
    CAPTURE(sql);
    auto database = std::make_shared<SqliteDatabase>();
    database->run(sql);
    auto schema = schemaOf(*database);
    auto store = makeSqlStore(database, {});
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
    database->failBatch(0, statement);
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
