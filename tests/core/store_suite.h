// What every store does. The including file names the stores with `StoresUnderTest`, which has `static
// std::unique_ptr<Store> open()` and `Longest`, about the bytes of the longest item that they must take.

#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace {

using namespace agents;
using namespace agents::testing;

const std::string One = user("one"), Two = user("two"), Three = user("three"), Four = user("four");

TEST_CASE_TEMPLATE("a conversation that does not exist reads as an empty one", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto page = read(*store, {"nobody"});
  CHECK(page.items.count == 0);
  CHECK(page.items.text.empty());
  CHECK_FALSE(page.version.empty());
  CHECK_FALSE(page.older);
  CHECK_FALSE(page.newest);
  CHECK(list(*store).conversations.empty());
}

TEST_CASE_TEMPLATE("items come back in the order they were said", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two});
  append(*store, "c", {Three});
  auto page = read(*store, {"c"});
  CHECK(page.items.text.text() == joined({One, Two, Three}));
  CHECK(page.items.count == 3);
}

TEST_CASE_TEMPLATE("a read gives the newest items in the order they were said", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two, Three});
  auto newest = [&](std::size_t count) { return read(*store, {"c", "", count}).items.text.text(); };
  CHECK(newest(0).empty());
  CHECK(newest(2) == joined({Two, Three}));
  CHECK(newest(3) == joined({One, Two, Three}));
  CHECK(newest(1'000'000) == joined({One, Two, Three}));
}

TEST_CASE_TEMPLATE("cursors lead back through the pages, and the oldest page has none", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two, Three, Four});
  auto page = read(*store, {"c", "", 2});
  REQUIRE(page.older);
  auto before = read(*store, {"c", "", 1, page.older});
  CHECK(before.items.text.text() == Two);
  REQUIRE(before.older);
  auto oldest = read(*store, {"c", "", 5, before.older});
  CHECK(oldest.items.text.text() == One);
  CHECK_FALSE(oldest.older);
}

TEST_CASE_TEMPLATE("a read since a cursor gives what came behind it", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two});
  auto seen = read(*store, {"c"}).newest;
  REQUIRE(seen);
  CHECK(read(*store, {"c", "", std::nullopt, std::nullopt, seen}).items.count == 0);
  append(*store, "c", {Three, Four});
  CHECK(read(*store, {"c", "", std::nullopt, std::nullopt, seen}).items.text.text() == joined({Three, Four}));
  CHECK(read(*store, {"c", "", 1, std::nullopt, seen}).items.text.text() == Four);
}

TEST_CASE_TEMPLATE("a cursor that no page gave is refused", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One});
  for (std::string cursor : {"", "x", "1x", "1.5", "99999999999999999999"}) {
    CAPTURE(cursor);
    CHECK(codeOf([&] { read(*store, {"c", "", 1, cursor}); }) == ErrorCode::InvalidArgument);
    CHECK(codeOf([&] { read(*store, {"c", "", 1, std::nullopt, cursor}); }) == ErrorCode::InvalidArgument);
  }
  CHECK(codeOf([&] { list(*store, {20, "nonsense"}); }) == ErrorCode::InvalidArgument);
}

TEST_CASE_TEMPLATE("each item knows who produced it, in which run, turn and when", Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", appending({One}, "", {"", "run-1", 0}));
  edit1(*store, "c", appending({Two}, "", {"Weather \"bot\"", "run-1", 2}));
  append(*store, "c", {Three});
  auto page = read(*store, {"c", "", std::nullopt, std::nullopt, std::nullopt, ReadQuery::Detail::Origins});
  auto text = "[" + page.origins + "]";
  auto origins = json::elements(text);
  REQUIRE(origins.size() == 3);
  CHECK(json::member(origins[0], "agent") == "null");
  CHECK(json::member(origins[0], "run") == R"("run-1")");
  CHECK(json::member(origins[0], "turn") == "0");
  CHECK(json::stringMember(origins[1], "agent") == "Weather \"bot\"");
  CHECK(json::member(origins[1], "turn") == "2");
  CHECK(json::member(origins[2], "run") == "null");
  CHECK(json::member(origins[2], "turn") == "null");
  auto at = json::stringMember(origins[0], "at").value();
  CHECK_MESSAGE((at.size() == 24 && at[10] == 'T' && at.back() == 'Z' && at.starts_with("20")), at);
  CHECK(read(*store, {"c"}).origins.empty());
}

TEST_CASE_TEMPLATE("every item of a store has a uid of its own", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, One});
  Change change{"twice"};
  change.edits.push_back(appending({One, One}));
  change.edits.push_back(appending({One}));
  apply(*store, "c", change);
  auto all = uids(*store, "c");
  std::sort(all.begin(), all.end());
  CHECK(all.size() == 5);
  CHECK(std::unique(all.begin(), all.end()) == all.end());
}

TEST_CASE_TEMPLATE("conversations are listed by their last change, even within one moment", Stores, StoresUnderTest) {
  auto store = Stores::open();
  for (auto id : {"b", "c", "a", "c", "b"}) append(*store, id, {One});
  std::string order;
  std::optional<std::string> after;
  do {
    auto page = list(*store, {1, after});
    order += page.conversations.at(0).id;
    after = page.next;
  } while (after);
  CHECK(order == "bca");
}

TEST_CASE_TEMPLATE("clear removes all items and keeps the conversation", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One});
  edit1(*store, "c", appending({Two}, "journal"));
  edit1(*store, "c", edit::Describe{"A title", std::nullopt});
  edit1(*store, "c", edit::Clear{});
  CHECK(history(*store, "c").empty());
  CHECK(history(*store, "c", "journal").empty());
  REQUIRE(list(*store).conversations.size() == 1);
  CHECK(list(*store).conversations[0].title == "A title");
}

TEST_CASE_TEMPLATE("delete removes the conversation and all that belongs to it, and no other", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One});
  append(*store, "d", {Two});
  edit1(*store, "c", appending({Two}, "journal"));
  edit1(*store, "c", edit::Delete{});
  edit1(*store, "nobody", edit::Delete{});
  CHECK(history(*store, "c").empty());
  CHECK(history(*store, "c", "journal").empty());
  CHECK(history(*store, "d") == Two);
  REQUIRE(list(*store).conversations.size() == 1);
  CHECK(list(*store).conversations[0].id == "d");
  append(*store, "c", {Three});
  CHECK(history(*store, "c") == Three);
  CHECK(history(*store, "c", "journal").empty());
}

TEST_CASE_TEMPLATE("shelved items leave the active history in order and keep their uids", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two, Three, Four});
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[2], all[0], "unknown"}, "folded"});
  CHECK(history(*store, "c") == joined({Two, Four}));
  CHECK(history(*store, "c", "folded") == joined({One, Three}));
  CHECK(uids(*store, "c", "folded") == std::vector{all[0], all[2]});
  CHECK(history(*store, "d", "folded").empty());
}

TEST_CASE_TEMPLATE("what is shelved later lies behind what was shelved before", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two, Three});
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[2]}, "s"});
  edit1(*store, "c", edit::Shelve{{all[0]}, "s"});
  CHECK(history(*store, "c", "s") == joined({Three, One}));
  auto newest = read(*store, {"c", "s", 1});
  CHECK(newest.items.text.text() == One);
  REQUIRE(newest.older);
  CHECK(read(*store, {"c", "s", std::nullopt, newest.older}).items.text.text() == Three);
}

TEST_CASE_TEMPLATE("restore moves a shelf behind the active history", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One, Two});
  edit1(*store, "c", appending({Three, Four}, "journal", {"bot", "r", 1}));
  CHECK(history(*store, "c") == joined({One, Two}));
  auto shelved = uids(*store, "c", "journal");
  edit1(*store, "c", edit::Restore{"journal"});
  CHECK(history(*store, "c") == joined({One, Two, Three, Four}));
  CHECK(history(*store, "c", "journal").empty());
  auto all = uids(*store, "c");
  CHECK(std::vector(all.begin() + 2, all.end()) == shelved);
  edit1(*store, "c", edit::Restore{"no such shelf"});
  edit1(*store, "nobody", edit::Restore{"journal"});
  CHECK(list(*store).conversations.size() == 1);
}

TEST_CASE_TEMPLATE("discard removes one shelf only", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {One});
  edit1(*store, "c", appending({Two}, "a"));
  edit1(*store, "c", appending({Three}, "b"));
  edit1(*store, "c", edit::Discard{"a"});
  CHECK(history(*store, "c", "a").empty());
  CHECK(history(*store, "c", "b") == Three);
  CHECK(history(*store, "c") == One);
}

TEST_CASE_TEMPLATE("describe sets what it is given and makes the conversation", Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", edit::Describe{"Plans", std::nullopt});
  edit1(*store, "c", edit::Describe{std::nullopt, R"({"a":1})"});
  REQUIRE(list(*store).conversations.size() == 1);
  auto conversation = list(*store).conversations[0];
  CHECK(conversation.id == "c");
  CHECK(conversation.title == "Plans");
  CHECK(conversation.metadata == R"({"a":1})");
  CHECK(conversation.createdAt.size() == 24);
  edit1(*store, "c", edit::Describe{"", std::nullopt});
  CHECK(list(*store).conversations[0].title.empty());
}

TEST_CASE_TEMPLATE("the list has what changed last first, in pages", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto later = [] { std::this_thread::sleep_for(std::chrono::milliseconds(3)); };
  for (auto id : {"a", "b", "c", "d|e"}) {
    append(*store, id, {One});
    later();
  }
  append(*store, "b", {Two});
  auto first = list(*store, {2});
  REQUIRE(first.conversations.size() == 2);
  CHECK(first.conversations[0].id == "b");
  CHECK(first.conversations[1].id == "d|e");
  REQUIRE(first.next);
  auto second = list(*store, {2, first.next});
  REQUIRE(second.conversations.size() == 2);
  CHECK(second.conversations[0].id == "c");
  CHECK(second.conversations[1].id == "a");
  CHECK_FALSE(second.next);
  CHECK(list(*store, {4}).conversations.size() == 4);
  CHECK_FALSE(list(*store, {4}).next);
  CHECK(list(*store, {0}).conversations.empty());
}

TEST_CASE_TEMPLATE("the list can be cut at a time, and pages go on behind the cut", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto later = [] { std::this_thread::sleep_for(std::chrono::milliseconds(3)); };
  for (auto id : {"a", "b", "c", "d"}) {
    append(*store, id, {One});
    later();
  }
  auto all = list(*store).conversations;
  auto ids = [&](std::optional<std::string> before, std::size_t limit) {
    std::string found;
    std::optional<std::string> after;
    do {
      auto page = list(*store, {limit, after, before});
      for (const auto& one : page.conversations) found += one.id;
      after = page.next;
    } while (after);
    return found;
  };
  CHECK(ids(all[0].updatedAt, 20) == "cba");
  CHECK(ids(all[0].updatedAt, 1) == "cba");
  CHECK(ids(all[1].updatedAt, 1) == "ba");
  CHECK(ids(all[3].updatedAt, 20).empty());
  CHECK(ids("9999-01-01T00:00:00.000Z", 3) == "dcba");
  append(*store, "a", {Two});
  CHECK(ids(all[1].updatedAt, 20) == "b");
}

}  // namespace
