// What every store promises about items that come from elsewhere, and about sizes. See `store_suite.h`.

#include "support/store_calls.h"

#include <doctest/doctest.h>

namespace {

using namespace agents;
using namespace agents::testing;

// Names that no store gives, and one that looks like a row of Python's.
const std::vector<Kept> Elsewhere{{"op-x.7", "2024-02-29T23:59:59.999Z"},
                                  {"row-5", "1970-01-01T00:00:00.000Z"},
                                  {"a \"name\".1", "2024-02-29T23:59:59.999Z"},
                                  {"op-x.3", "2024-02-29T23:59:59.999Z"}};

edit::Append keeping(const std::vector<std::string>& texts, std::vector<Kept> kept, std::string shelf = {}) {
  auto append = appending(texts, std::move(shelf), {"bot", "r", 1});
  append.batch.kept = std::move(kept);
  return append;
}

std::vector<std::string> abcd() { return {user("a"), user("b"), user("c"), user("d")}; }

// Of every item, one member of what is known about it.
std::vector<std::string> known(Store& store, const char* member, std::string shelf = {}) {
  ReadQuery query{"c", std::move(shelf)};
  query.detail = ReadQuery::Detail::Origins;
  auto text = "[" + read(store, query).origins + "]";
  std::vector<std::string> all;
  for (auto origin : json::elements(text)) all.emplace_back(*json::member(origin, member));
  return all;
}

TEST_CASE_TEMPLATE("items that come from elsewhere keep their uids and times, and are found by them", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("before")});
  edit1(*store, "c", keeping(abcd(), Elsewhere));
  append(*store, "c", {user("behind")});
  auto all = uids(*store, "c");
  auto times = known(*store, "at");
  REQUIRE(all.size() == 6);
  for (std::size_t index = 0; index < Elsewhere.size(); ++index) {
    CHECK(all[index + 1] == Elsewhere[index].uid);
    CHECK(times[index + 1] == json::quote(Elsewhere[index].at));
  }
  edit1(*store, "c", edit::Remove{{"row-5"}});
  edit1(*store, "c", edit::Replace{"a \"name\".1", user("C")});
  CHECK(history(*store, "c") == joined({user("before"), user("a"), user("C"), user("d"), user("behind")}));
  edit1(*store, "c", edit::Shelve{{"op-x.3", "a \"name\".1"}, "s"});
  CHECK(history(*store, "c", "s") == joined({user("C"), user("d")}));
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(history(*store, "c") == joined({user("before"), user("a"), user("C"), user("d"), user("behind")}));
}

TEST_CASE_TEMPLATE("an item that stands in for others keeps its uid and time too", Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", keeping(abcd(), Elsewhere));
  Change change{"fold"};
  change.edits.push_back(edit::Shelve{{"op-x.7", "row-5"}, "s"});
  edit::StandIn standIn{"s", {{}, itemsOf({user("S")})}};
  standIn.batch.kept = {{"old.0", "2024-03-01T00:00:00.000Z"}};
  change.edits.push_back(std::move(standIn));
  apply(*store, "c", change);
  CHECK(history(*store, "c") == joined({user("S"), user("c"), user("d")}));
  CHECK(uids(*store, "c")[0] == "old.0");
  CHECK(known(*store, "at")[0] == "\"2024-03-01T00:00:00.000Z\"");
  edit1(*store, "c", edit::Remove{{"old.0"}});
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(history(*store, "c") == joined(abcd()));
}

TEST_CASE_TEMPLATE("a uid without a name, a time that is none and a wrong number of either are refused", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  auto refused = [&](std::vector<Kept> kept) {
    return codeOf([&] { edit1(*store, "c", keeping({user("a")}, std::move(kept))); }) == ErrorCode::InvalidArgument;
  };
  const auto* time = "2024-02-29T23:59:59.999Z";
  CHECK(refused({{"", time}}));
  CHECK(refused({{"x", time}, {"y", time}}));
  for (auto at : {"", "2024-02-29", "2023-02-29T23:59:59.999Z", "2024-02-29T24:59:59.999Z", "2024-02-29 23:59:59.999Z",
                  "2024-02-29T23:59:59.99xZ", "-024-02-29T23:59:59.999Z"}) {
    CAPTURE(at);
    CHECK(refused({{"x", at}}));
  }
  CHECK(list(*store).conversations.empty());
}

TEST_CASE_TEMPLATE("an item of a shelf is replaced in its place", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", abcd());
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[1], all[2]}, "s"});
  edit1(*store, "c", edit::Replace{all[1], user("B"), "{\"x\":1}", "s"});
  edit1(*store, "c", edit::Replace{all[2], user("no")});
  edit1(*store, "c", edit::Replace{all[0], user("no"), "", "s"});
  edit1(*store, "c", edit::Replace{all[1], user("no"), "", "none"});
  CHECK(history(*store, "c", "s") == joined({user("B"), user("c")}));
  CHECK(known(*store, "sdk", "s")[0] == "{\"x\":1}");
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(history(*store, "c") == joined({user("a"), user("B"), user("c"), user("d")}));
  CHECK(uids(*store, "c") == all);
}

TEST_CASE_TEMPLATE("places order all items of a conversation, wherever they are", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", abcd());
  append(*store, "c", {user("e")});
  edit1(*store, "c", appending({user("aside")}, "never"));
  auto all = uids(*store, "c");
  auto before = known(*store, "place");
  for (std::size_t index = 1; index < before.size(); ++index) {
    CHECK(std::stoll(before[index - 1]) < std::stoll(before[index]));
  }
  Change change{"fold"};
  change.edits.push_back(edit::Shelve{{all[1], all[3]}, "s"});
  change.edits.push_back(edit::StandIn{"s", {{}, itemsOf({user("S")})}});
  apply(*store, "c", change);
  CHECK(known(*store, "place") == std::vector{before[0], before[2], before[3], before[4]});
  CHECK(known(*store, "place", "s") == std::vector{before[1], before[3]});
  CHECK(known(*store, "place", "never") == std::vector<std::string>{"null"});
}

TEST_CASE_TEMPLATE("a caller whose words differ each time says itself what a repetition is", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto change = [](const char* text, const char* fingerprint) {
    Change one{"same"};
    one.edits.push_back(appending({user(text)}));
    one.fingerprint = fingerprint;
    return one;
  };
  CHECK_FALSE(apply(*store, "c", change("first words", "f")).repeated);
  CHECK(apply(*store, "c", change("other words", "f")).repeated);
  CHECK(codeOf([&] { apply(*store, "c", change("first words", "g")); }) == ErrorCode::SessionConflict);
  CHECK(history(*store, "c") == user("first words"));
}

TEST_CASE_TEMPLATE("the list tells how large conversations are, when asked", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("\xC3\xA4"), user("b")});
  edit1(*store, "c", appending({user("aside")}, "s"));
  edit1(*store, "empty", edit::Describe{"A title", std::nullopt});
  CHECK_FALSE(list(*store).conversations[0].items);
  CHECK_FALSE(list(*store).conversations[0].bytes);
  auto sized = list(*store, {20, std::nullopt, std::nullopt, true}).conversations;
  REQUIRE(sized.size() == 2);
  CHECK(sized[0].items == 0);
  CHECK(sized[0].bytes == 0);
  CHECK(sized[1].items == 2);
  CHECK(sized[1].bytes == user("\xC3\xA4").size() + user("b").size() + user("aside").size());
}

}  // namespace
