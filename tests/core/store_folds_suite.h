// What every store promises about items that are put in the place of others, and back. See `store_suite.h`.

#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace agents;
using namespace agents::testing;

edit::StandIn standingIn(std::string shelf, const std::string& text) {
  return {std::move(shelf), {{}, itemsOf({user(text)})}};
}

std::vector<std::string> users(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const auto& text : texts) all.push_back(user(text));
  return all;
}

// The texts of the history's messages, as one.
std::string said(Store& store, ReadQuery query = {"c"}) {
  auto array = "[" + read(store, std::move(query)).items.text.text() + "]";
  std::string all;
  for (auto item : json::elements(array)) {
    all += (all.empty() ? "" : " ") + json::stringMember(item, "content").value_or(std::string(item));
  }
  return all;
}

// Moves items to a shelf and puts one in their place; gives its uid.
std::string fold(Store& store, std::vector<std::string> folded, const std::string& shelf) {
  static int last = 0;
  Change change{"fold-" + std::to_string(++last)};
  change.edits.push_back(edit::Shelve{std::move(folded), shelf});
  change.edits.push_back(standingIn(shelf, shelf));
  change.edits.push_back(edit::Note{shelf, "{}"});
  auto opId = change.opId;
  apply(store, "c", std::move(change));
  return opId + ".0";
}

void unfold(Store& store, const std::string& standIn, const std::string& shelf) {
  static int last = 0;
  Change change{"unfold-" + std::to_string(++last)};
  change.edits.push_back(edit::Remove{{standIn}});
  change.edits.push_back(edit::Restore{shelf, true});
  apply(store, "c", std::move(change));
}

// All that a reader sees of the history.
std::string whole(Store& store) {
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  auto page = read(store, query);
  return page.items.text.text() + page.origins;
}

TEST_CASE_TEMPLATE("an item stands in where the last of a shelf was, and undoing it gives the history byte for byte",
                   Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", appending(users({"a", "b", "c", "d"}), "", {"bot", "r", 1}));
  append(*store, "c", users({"e", "f"}));
  auto all = uids(*store, "c");
  auto before = whole(*store);
  auto standIn = fold(*store, {all[0], all[1], all[3]}, "S");
  CHECK(said(*store) == "c S e f");
  CHECK(uids(*store, "c")[1] == standIn);
  CHECK(said(*store, {"c", "S"}) == "a b d");
  append(*store, "c", {user("g")});
  CHECK(said(*store) == "c S e f g");
  unfold(*store, standIn, "S");
  CHECK(said(*store) == "a b c d e f g");
  CHECK(read(*store, shelvesOf("c")).shelves.empty());
  edit1(*store, "c", edit::Remove{{uids(*store, "c").back()}});
  CHECK(whole(*store) == before);
}

TEST_CASE_TEMPLATE("folds of folds are undone from the newest to the oldest", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b", "c", "d", "e", "f"}));
  append(*store, "c", {user("g")});
  auto all = uids(*store, "c");
  auto before = whole(*store);
  auto first = fold(*store, {all[0], all[2]}, "S");
  CHECK(said(*store) == "b S d e f g");
  auto second = fold(*store, {first, all[3], all[5]}, "T");
  CHECK(said(*store) == "b e T g");
  auto third = fold(*store, {all[1], second}, "U");
  CHECK(said(*store) == "e U g");
  unfold(*store, third, "U");
  CHECK(said(*store) == "b e T g");
  unfold(*store, second, "T");
  CHECK(said(*store) == "b S d e f g");
  unfold(*store, first, "S");
  CHECK(whole(*store) == before);
}

TEST_CASE_TEMPLATE("items whose place is taken or that never had one come behind the others", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b", "c"}));
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[0], all[1]}, "s"});
  edit1(*store, "c", standingIn("s", "S"));
  edit1(*store, "c", standingIn("s", "T"));
  CHECK(said(*store) == "S c T");
  edit1(*store, "c", appending({user("never")}, "s"));
  edit1(*store, "c", standingIn("s", "U"));
  CHECK(said(*store) == "S c T U");
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(said(*store) == "a S c T U b never");
  edit1(*store, "c", standingIn("unknown", "V"));
  CHECK(said(*store) == "a S c T U b never V");
  edit1(*store, "d", standingIn("unknown", "W"));
  CHECK(said(*store, {"d"}) == "W");
  edit1(*store, "nobody", edit::Restore{"s", true});
  CHECK(list(*store).conversations.size() == 2);
}

TEST_CASE_TEMPLATE("of two items with one place the first on the shelf gets it", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b", "c"}));
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[1]}, "s"});
  edit1(*store, "c", standingIn("s", "S"));
  edit1(*store, "c", edit::Shelve{{uids(*store, "c")[1]}, "s"});
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(said(*store) == "a b c S");
}

TEST_CASE_TEMPLATE("a shelf that is not put in place comes behind the others, and has its new places from then on",
                   Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b", "c", "d"}));
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[0], all[2]}, "s"});
  edit1(*store, "c", edit::Restore{"s"});
  CHECK(said(*store) == "b d a c");
  append(*store, "c", {user("e")});
  edit1(*store, "c", edit::Shelve{{all[1], all[0]}, "s"});
  CHECK(said(*store) == "d c e");
  edit1(*store, "c", edit::Restore{"s", true});
  CHECK(said(*store) == "b d a c e");
}

TEST_CASE_TEMPLATE("cursors stay where they are when items before or behind them are folded and unfolded", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b", "c", "d", "e", "f"}));
  auto all = uids(*store, "c");
  auto cursorAt = [&](std::size_t behind) {
    ReadQuery query{"c"};
    query.newest = behind;
    return read(*store, query).older;
  };
  auto since = read(*store, {"c", "", {}, cursorAt(3)}).newest;  // c
  auto before = cursorAt(2);                                     // e
  auto sides = [&] {
    ReadQuery old{"c"}, fresh{"c"};
    old.before = before;
    fresh.since = since;
    return said(*store, old) + " | " + said(*store, fresh);
  };
  CHECK(sides() == "a b c d | d e f");
  auto first = fold(*store, {all[0], all[1]}, "S");
  CHECK(sides() == "S c d | d e f");
  auto second = fold(*store, {all[2], all[4]}, "T");
  CHECK(sides() == "S d | d T f");
  // A page that begins or ends with what stands in.
  ReadQuery query{"c"};
  query.newest = 2;
  auto page = read(*store, query);
  CHECK(said(*store, query) == "T f");
  query.before = page.older;
  auto next = read(*store, query);
  CHECK(said(*store, query) == "S d");
  CHECK_FALSE(next.older.has_value());
  CHECK(said(*store, {"c", "", {}, {}, next.newest}) == "T f");
  query.newest = 1;
  query.before = page.older;
  CHECK(said(*store, query) == "d");
  query.before = read(*store, query).older;
  CHECK(said(*store, query) == "S");
  unfold(*store, second, "T");
  CHECK(sides() == "S c d | d e f");
  CHECK(said(*store, {"c", "", {}, page.older}) == "S c d");
  unfold(*store, first, "S");
  CHECK(sides() == "a b c d | d e f");
}

TEST_CASE_TEMPLATE("one item stands in, under a uid, an origin and an sdk text of its own", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", users({"a", "b"}));
  auto all = uids(*store, "c");
  Change change{"x"};
  change.edits.push_back(edit::Shelve{all, "s"});
  change.edits.push_back(edit::StandIn{"s", {{"bot", "r", 2}, itemsOf({user("S")}), {R"({"n":1e5})"}}});
  change.edits.push_back(appending({user("c"), user("d")}));
  change.edits.push_back(edit::StandIn{"unknown", {{}, itemsOf({user("T")})}});
  apply(*store, "c", change);
  CHECK(said(*store) == "S c d T");
  auto found = uids(*store, "c");
  CHECK(found[0] == "x.0");
  CHECK(std::set(found.begin(), found.end()).size() == 4);
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  query.newest = 4;
  auto origins = "[" + read(*store, query).origins + "]";
  auto first = json::elements(origins)[0];
  CHECK(json::member(first, "agent").value() == R"("bot")");
  CHECK(json::member(first, "turn").value() == "2");
  CHECK(json::member(first, "sdk").value() == R"({"n":1e5})");
  for (auto texts : {users({}), users({"a", "b"})}) {
    CHECK(codeOf([&] { edit1(*store, "c", edit::StandIn{"s", {{}, itemsOf(texts)}}); }) == ErrorCode::InvalidArgument);
  }
  CHECK(codeOf([&] { edit1(*store, "c", standingIn("", "S")); }) == ErrorCode::InvalidArgument);
  CHECK(said(*store) == "S c d T");
}

}  // namespace
