#include "agents/session.h"
#include "agents/stores.h"
#include "support/python_session.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>

using namespace agents;
using namespace agents::testing;

namespace {

// A store of ours and Python on the same database.
struct Shared {
  std::shared_ptr<SqliteDatabase> database = std::make_shared<SqliteDatabase>();
  std::unique_ptr<Store> store = makeSqlStore(database, {});
};

}  // namespace

TEST_CASE("Python reads, pops and clears what we wrote") {
  Shared shared;
  append(*shared.store, "c", {user("one"), user("two")});
  PythonSession python(shared.database.get());
  CHECK(python.items("c") == std::vector{user("one"), user("two")});
  CHECK(python.pop("c") == user("two"));
  CHECK(history(*shared.store, "c") == user("one"));
  python.clear("c");
  CHECK(history(*shared.store, "c").empty());
  CHECK(list(*shared.store).conversations.empty());
  append(*shared.store, "c", {user("three")});
  CHECK(python.items("c") == std::vector{user("three")});
}

TEST_CASE("a file laid out by Python opens with its whole history") {
  auto path = std::filesystem::temp_directory_path() / "agents-wasm-python-test.db";
  std::filesystem::remove(path);
  {
    SqliteDatabase file(path.string());
    PythonSession(&file).add("c", {R"({"role": "user", "content": "\u65e5, [1]"})", R"({"id": "m1", "n": 1.50})"});
  }
  auto database = std::make_shared<SqliteDatabase>(path.string());
  auto store = makeSqlStore(database, {});
  CHECK(list(*store).conversations.at(0).id == "c");
  CHECK(list(*store).conversations.at(0).updatedAt.size() == 24);
  append(*store, "c", {user("ours")});
  CHECK(history(*store, "c") == R"({"role":"user","content":"\u65e5, [1]"},{"id":"m1","n":1.50},)" + user("ours"));
  CHECK(PythonSession(database.get()).items("c").size() == 3);
  sync(store->close());
  std::filesystem::remove(path);
}

TEST_CASE("rows by Python that are no items do not make the rest unreadable") {
  Shared shared;
  PythonSession python(shared.database.get());
  python.add("c", {"oops", user("one"), R"({"n": NaN})", "\"text\"", "[1, 2]", user("two"), "", R"({"cut)"});
  CHECK(history(*shared.store, "c") == joined({user("one"), user("two")}));
  CHECK(uids(*shared.store, "c").size() == 2);
  CHECK(read(*shared.store, {"c", "", 1}).items.text.text() == user("two"));
  CHECK(read(*shared.store, {"c", "", 2}).items.count == 2);
  CHECK_FALSE(read(*shared.store, {"c", "", 2}).older);
  removeNewest(*shared.store, "c");
  append(*shared.store, "c", {user("three")});
  CHECK(history(*shared.store, "c") == joined({user("one"), user("three")}));
}

TEST_CASE("an item of Python's loses its white space and nothing else") {
  Shared shared;
  const std::string spaced = R"({"role": "user", "content": "a,  b: {", "n": [1e5, 1.0], "role": "user"})";
  const std::string compact = R"({"role":"user","content":"a,  b: {","n":[1e5,1.0],"role":"user"})";
  PythonSession python(shared.database.get());
  python.add("c", {spaced, spaced});
  CHECK(history(*shared.store, "c") == joined({compact, compact}));
  removeNewest(*shared.store, "c");
  edit1(*shared.store, "c", edit::Shelve{uids(*shared.store, "c"), "s"});
  CHECK(history(*shared.store, "c", "s") == compact);
  edit1(*shared.store, "c", edit::Restore{"s"});
  CHECK(history(*shared.store, "c") == compact);
}

TEST_CASE("maxItems cuts a history by Python between its pairs") {
  Shared shared;
  PythonSession python(shared.database.get());
  python.add("c", {R"({"type": "function_call", "call_id": "k", "name": "add", "arguments": "{}"})",
                   R"({"type": "function_call_output", "call_id": "k", "output": "1"})",
                   R"({"role": "assistant", "content": "a"})"});
  StoreSession session({std::move(shared.store)});
  CHECK(sync(session.load("c", {2})).items.text.text() == R"({"role":"assistant","content":"a"})");
  CHECK(sync(session.load("c", {3})).items.count == 3);
}

TEST_CASE("the version differs after every change of Python's") {
  Shared shared;
  auto version = [&] { return read(*shared.store, {"c"}).version; };
  auto first = append(*shared.store, "c", {user("one")}).version;
  PythonSession python(shared.database.get());
  python.add("c", {user("two")});
  auto second = version();
  CHECK(second != first);
  python.pop("c");
  python.pop("c");
  CHECK(version() != first);
  CHECK(version() != second);
  python.add("c", {user("three")});
  CHECK(version() != first);
  CHECK(version() != second);
  Change change{"x", second};
  change.edits.push_back(edit::Clear{});
  CHECK(codeOf([&] { apply(*shared.store, "c", change); }) == ErrorCode::SessionConflict);
}

TEST_CASE("what lies on a shelf ends with the conversation that Python clears") {
  Shared shared;
  shared.database->run("PRAGMA foreign_keys = ON");
  append(*shared.store, "c", {user("one")});
  edit1(*shared.store, "c", appending({user("two")}, "s"));
  edit1(*shared.store, "c", edit::Note{"noted", "{}"});
  edit1(*shared.store, "c", edit::Hold{"run", 60'000});
  PythonSession python(shared.database.get());
  auto nothingLeft = [&] {
    auto page = read(*shared.store, shelvesOf("c"));
    return page.shelves.empty() && !page.lease && history(*shared.store, "c", "s").empty();
  };
  python.clear("c");
  CHECK(nothingLeft());
  edit1(*shared.store, "c", edit::Restore{"s"});
  CHECK(nothingLeft());
  python.add("c", {user("three")});
  CHECK(nothingLeft());
  edit1(*shared.store, "c", edit::Restore{"s"});
  append(*shared.store, "c", {user("four")});
  CHECK(nothingLeft());
  CHECK(history(*shared.store, "c") == joined({user("three"), user("four")}));
}

TEST_CASE("a shelf that is made anew after Python's clear has nothing of the old one") {
  for (bool ofSameName : {true, false}) {
    CAPTURE(ofSameName);
    Shared shared;
    append(*shared.store, "c", {user("one")});
    append(*shared.store, "other", {user("one")});
    edit1(*shared.store, "other", appending({user("OLD")}, "s"));
    edit1(*shared.store, "c", appending({user("OLD")}, "s"));
    edit1(*shared.store, "c", edit::Note{"s", "{\"OLD\":1}"});
    PythonSession(shared.database.get()).clear("c");
    append(*shared.store, "c", {user("two")});
    std::string name = ofSameName ? "s" : "t";
    edit1(*shared.store, "c", appending({user("new")}, name));
    auto page = read(*shared.store, shelvesOf("c"));
    REQUIRE(page.shelves.size() == 1);
    CHECK(page.shelves[0].name == name);
    CHECK(page.shelves[0].note.empty());
    CHECK(history(*shared.store, "c", name) == user("new"));
    CHECK(history(*shared.store, "other", "s") == user("OLD"));
    for (std::string table : {"shelf", "shelves"}) {
      auto left =
          shared.database->run("SELECT COUNT(*) FROM agents_wasm_agent_messages_" + table + " WHERE session_id = 'c'");
      CHECK(show(left[0][0]) == "1");
    }
  }
}

TEST_CASE("a run whose conversation Python cleared can neither go on nor stand in the way") {
  Shared shared;
  append(*shared.store, "c", {user("one")});
  edit1(*shared.store, "c", edit::Hold{"first", 60'000});
  PythonSession python(shared.database.get());
  python.clear("c");
  python.add("c", {user("two")});
  Change late{"late", std::nullopt, "first"};
  late.edits.push_back(appending({user("answer")}));
  CHECK(codeOf([&] { apply(*shared.store, "c", late); }) == ErrorCode::SessionConflict);
  edit1(*shared.store, "c", edit::Hold{"second", 60'000});
  CHECK(read(*shared.store, shelvesOf("c")).lease->holder == "second");
  CHECK(codeOf([&] { apply(*shared.store, "c", late); }) == ErrorCode::SessionConflict);
  CHECK(history(*shared.store, "c") == user("two"));
}

TEST_CASE("a lease on a conversation by Python is no change of it") {
  Shared shared;
  PythonSession python(shared.database.get());
  python.add("c", {user("one")});
  auto before = read(*shared.store, {"c"}).version;
  auto updated = list(*shared.store).conversations[0].updatedAt;
  CHECK(edit1(*shared.store, "c", edit::Hold{"run", 60'000}).version == before);
  CHECK(read(*shared.store, shelvesOf("c")).lease->holder == "run");
  CHECK(read(*shared.store, {"c"}).version == before);
  CHECK(list(*shared.store).conversations[0].updatedAt == updated);
}

TEST_CASE("Python reads a folded and an unfolded history in its order, and adds behind it") {
  Shared shared;
  PythonSession python(shared.database.get());
  python.add("c", {user("a"), user("b"), user("c")});
  append(*shared.store, "c", {user("d"), user("e")});
  auto all = uids(*shared.store, "c");
  Change fold{"fold"};
  fold.edits.push_back(edit::Shelve{{all[0], all[2], all[3]}, "s"});
  fold.edits.push_back(edit::StandIn{"s", {{}, itemsOf({user("S")})}});
  apply(*shared.store, "c", fold);
  CHECK(python.items("c") == std::vector{user("b"), user("S"), user("e")});
  CHECK(python.pop("c") == user("e"));
  python.add("c", {user("f")});
  edit1(*shared.store, "c", edit::Remove{{"fold.0"}});
  edit1(*shared.store, "c", edit::Restore{"s", true});
  CHECK(python.items("c") == std::vector{user("a"), user("b"), user("c"), user("d"), user("f")});
  CHECK(uids(*shared.store, "c").front() == all[0]);
  CHECK(python.pop("c") == user("f"));
  CHECK(python.pop("c") == user("d"));
}

TEST_CASE("a place on a shelf means nothing once Python has cleared the conversation") {
  Shared shared;
  append(*shared.store, "c", {user("a"), user("b")});
  edit1(*shared.store, "c", edit::Shelve{{uids(*shared.store, "c")[0]}, "s"});
  PythonSession python(shared.database.get());
  python.clear("c");
  python.add("c", {user("c")});
  edit1(*shared.store, "c", edit::StandIn{"s", {{}, itemsOf({user("S")})}});
  edit1(*shared.store, "c", edit::Restore{"s", true});
  CHECK(python.items("c") == std::vector{user("c"), user("S")});
}
