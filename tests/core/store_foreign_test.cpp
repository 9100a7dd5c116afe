#include "agents/stores.h"
#include "support/python_session.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <memory>

using namespace agents;
using namespace agents::testing;

namespace {

// A conversation `c` that others wrote, row by row, and a store of ours on it.
struct Foreign {
  explicit Foreign(const std::vector<std::string>& rows) { PythonSession(database.get()).add("c", rows); }

  void insert(SqlValue data) {
    database->run("INSERT INTO agent_messages (session_id, message_data) VALUES ('c', ?1)", {std::move(data)});
  }
  std::size_t undecodable(std::string shelf = {}) {
    ReadQuery query{"c", std::move(shelf), 1};
    query.detail = ReadQuery::Detail::Origins;
    return read(*store, query).undecodable;
  }

  std::shared_ptr<SqliteDatabase> database = std::make_shared<SqliteDatabase>();
  std::unique_ptr<Store> store = makeSqlStore(database, {});
};

std::string aside(const std::string& data) {
  return R"({"type":"agents_wasm.undecodable","data":)" + json::quote(data) + "}";
}

const std::vector<std::string> Broken{"oops", R"({"n": NaN})", "\"text\"", "[1, 2]", "", R"({"cut": "日)"};

}  // namespace

TEST_CASE("a read with origins counts the rows that are no items") {
  Foreign foreign({user("one"), user("two")});
  CHECK(foreign.undecodable() == 0);
  PythonSession(foreign.database.get()).add("c", Broken);
  append(*foreign.store, "c", {user("three")});
  CHECK(foreign.undecodable() == Broken.size());
  CHECK(foreign.undecodable("s") == 0);
  CHECK(read(*foreign.store, {"c"}).undecodable == 0);
}

TEST_CASE("a row by others is checked once, when it first appears") {
  Foreign foreign({user("one")});
  PythonSession python(foreign.database.get());
  CHECK(foreign.undecodable() == 0);
  foreign.database->run("UPDATE agent_messages SET message_data = 'oops'");
  CHECK(foreign.undecodable() == 0);
  python.add("c", {"oops", user("two")});
  CHECK(foreign.undecodable() == 1);
  CHECK(foreign.undecodable() == 1);
  python.pop("c");
  python.pop("c");
  CHECK(foreign.undecodable() == 0);
  python.clear("c");
  python.add("c", {"oops"});
  CHECK(foreign.undecodable() == 1);
}

TEST_CASE("rows that are no items are set aside with their text, and nothing else moves") {
  Foreign foreign({user("one")});
  PythonSession python(foreign.database.get());
  python.add("c", Broken);
  python.add("other", {"oops"});
  append(*foreign.store, "c", {user("two")});
  edit1(*foreign.store, "c", edit::SetAside{"broken"});
  std::vector<std::string> expected;
  for (const auto& row : Broken) expected.push_back(aside(row));
  CHECK(history(*foreign.store, "c", "broken") == joined(expected));
  CHECK(uids(*foreign.store, "c", "broken")[0] == "row-2");
  CHECK(history(*foreign.store, "c") == joined({user("one"), user("two")}));
  CHECK(python.items("c") == std::vector{user("one"), user("two")});
  CHECK(python.items("other").size() == 1);
  CHECK(foreign.undecodable() == 0);
  edit1(*foreign.store, "c", edit::SetAside{"again"});
  auto shelves = read(*foreign.store, shelvesOf("c")).shelves;
  REQUIRE(shelves.size() == 1);
  CHECK(shelves[0].count == Broken.size());
}

TEST_CASE("bytes that are no text break neither a read nor setting aside") {
  Foreign foreign({user("one")});
  foreign.insert(Blob{std::string("\x00\xFF{", 3)});
  foreign.insert(Blob{std::string("\x7B\x00", 2)});
  foreign.insert(std::string("cut \xE6\x97", 6));
  foreign.insert(std::string("a\0b\x01\"\\", 6));
  foreign.insert(std::int64_t{5});
  CHECK(foreign.undecodable() == 5);
  CHECK(history(*foreign.store, "c") == user("one"));
  edit1(*foreign.store, "c", edit::SetAside{"s"});
  CHECK(history(*foreign.store, "c", "s") ==
        joined({aside("00FF7B"), aside("7B00"),
                R"({"type":"agents_wasm.undecodable","data":"cut )"
                "\xE6\x97\"}",
                R"({"type":"agents_wasm.undecodable","data":"a\u0000b\u0001\"\\"})", aside("5")}));
  CHECK(foreign.undecodable() == 0);
}

TEST_CASE("a blob with an item's text is the item, as it is for Python") {
  Foreign foreign({user("one")});
  // SQLite would take a blob of eight bytes that begins with '{' for binary JSON.
  foreign.insert(Blob{R"({"a": 1})"});
  CHECK(foreign.undecodable() == 0);
  CHECK(history(*foreign.store, "c") == joined({user("one"), R"({"a":1})"}));
  removeNewest(*foreign.store, "c");
  CHECK(history(*foreign.store, "c") == user("one"));
}

TEST_CASE("a row that is no item has no uid by which it could be moved, removed or replaced") {
  Foreign foreign({"oops", user("one")});
  edit1(*foreign.store, "c", edit::Shelve{{"row-1"}, "s"});
  edit1(*foreign.store, "c", edit::Remove{{"row-1"}});
  edit1(*foreign.store, "c", edit::Replace{"row-1", user("x")});
  CHECK(PythonSession(foreign.database.get()).items("c") == std::vector<std::string>{"oops", user("one")});
}

TEST_CASE("a row by Python that is replaced keeps its uid and time") {
  Foreign foreign({R"({"role": "user", "content": "one"})"});
  auto before = uids(*foreign.store, "c");
  auto at = dump(*foreign.database, "SELECT created_at FROM agent_messages");
  edit1(*foreign.store, "c", edit::Replace{before[0], user("new")});
  CHECK(uids(*foreign.store, "c") == before);
  CHECK(PythonSession(foreign.database.get()).items("c") == std::vector{user("new")});
  CHECK(dump(*foreign.database, "SELECT created_at FROM agent_messages") == at);
}

TEST_CASE("messages whose conversation's row is missing stay where they are") {
  Foreign foreign({user("one"), "oops"});
  foreign.database->run("DELETE FROM agent_sessions");
  edit1(*foreign.store, "c", edit::Shelve{{"row-1"}, "s"});
  edit1(*foreign.store, "c", edit::SetAside{"s"});
  CHECK(PythonSession(foreign.database.get()).items("c").size() == 2);
}

TEST_CASE("a time without fractions, as Python writes it, is cut right") {
  Foreign foreign({user("one")});
  auto& database = *foreign.database;
  database.run("UPDATE agent_sessions SET updated_at = '2026-11-22 10:00:00'");
  append(*foreign.store, "ours", {user("two")});
  database.run("UPDATE agent_sessions SET updated_at = '2026-11-22 10:00:00.000' WHERE session_id = 'ours'");
  auto before = [&](std::string time) {
    ListQuery query;
    query.changedBefore = std::move(time);
    return list(*foreign.store, query).conversations.size();
  };
  CHECK(before("2026-11-22T09:59:59.999Z") == 0);
  CHECK(before("2026-11-22T10:00:00.000Z") == 0);
  CHECK(before("2026-11-22T10:00:00.001Z") == 2);
  CHECK(before("2026-11-22T10:00:01.000Z") == 2);
  for (std::string time : {"", "2026-11-22", "2026-11-22 10:00:00.000", "2026-11-22T10:00:00Z"}) {
    CAPTURE(time);
    CHECK(codeOf([&] { before(time); }) == ErrorCode::InvalidArgument);
  }
}

TEST_CASE("a row of ours that somebody damaged is left out, is counted and can be put aside") {
  for (std::string damage : {"{", "{\"a\":1},{\"b\":2}", "[1]", "7", ""}) {
    CAPTURE(damage);
    Foreign shared({});
    append(*shared.store, "c", {user("one"), user("two"), user("three")});
    shared.database->run("UPDATE agent_messages SET message_data = ? WHERE id = 2", {damage});
    CHECK(history(*shared.store, "c") == joined({user("one"), user("three")}));
    CHECK(read(*shared.store, {"c", "", 2}).items.count == 2);
    ReadQuery query{"c"};
    query.detail = ReadQuery::Detail::Origins;
    CHECK(read(*shared.store, query).undecodable == 1);
    edit1(*shared.store, "c", edit::SetAside{"aside"});
    CHECK(read(*shared.store, query).undecodable == 0);
    CHECK(read(*shared.store, {"c", "aside"}).items.count == 1);
  }
}

TEST_CASE("a row of ours that somebody wrote anew with blanks does not lead its readers astray") {
  Foreign shared({});
  append(*shared.store, "c", {user("one"), user("two")});
  shared.database->run("UPDATE agent_messages SET message_data = ? WHERE id = 1",
                       {R"({"role": "user", "content": [ {"type": "input_text", "text": "x"} ]})"});
  auto text = "[" + history(*shared.store, "c") + "]";
  auto items = json::elements(text);
  REQUIRE(items.size() == 2);
  CHECK(items[1] == user("two"));
}
