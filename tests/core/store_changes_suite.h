// What every store promises about changes: atomic, once, and only on what was read. See `store_suite.h`.

#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace agents;
using namespace agents::testing;

TEST_CASE_TEMPLATE("the version differs after every change", Stores, StoresUnderTest) {
  auto store = Stores::open();
  std::set<std::string> seen{read(*store, {"c"}).version};
  auto changes = [&](Edit edit) {
    auto applied = edit1(*store, "c", std::move(edit));
    CHECK(applied.version == read(*store, {"c"}).version);
    return seen.insert(applied.version).second;
  };
  CHECK(changes(appending({user("one"), user("two"), user("three")})));
  CHECK(changes(appending({user("x")}, "shelf")));
  CHECK(changes(edit::Discard{"shelf"}));
  CHECK(changes(edit::Shelve{{uids(*store, "c")[0]}, "shelf"}));
  CHECK(changes(edit::Restore{"shelf"}));
  CHECK(changes(edit::Remove{{uids(*store, "c")[0]}}));
  CHECK(changes(edit::Replace{uids(*store, "c")[0], user("four")}));
  CHECK(changes(edit::Note{"shelf", "{}"}));
  CHECK(changes(edit::Describe{"t", std::nullopt}));
  CHECK(changes(edit::Clear{}));
  CHECK(changes(appending({user("one")})));
  edit1(*store, "c", edit::Delete{});
  CHECK(changes(appending({user("one")})));
  auto before = read(*store, {"c"}).version;
  append(*store, "other", {user("x")});
  CHECK(read(*store, {"c"}).version == before);
}

TEST_CASE_TEMPLATE("a change that expects another version is refused and changes nothing", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  auto change = [&](std::string opId, std::string text) {
    Change change{std::move(opId), version};
    change.edits.push_back(appending({user(text)}));
    return change;
  };
  CHECK_FALSE(apply(*store, "c", change("x1", "two")).repeated);
  CHECK(codeOf([&] { apply(*store, "c", change("x2", "three")); }) == ErrorCode::SessionConflict);
  CHECK(history(*store, "c") == joined({user("one"), user("two")}));
  CHECK(apply(*store, "c", change("x1", "two")).repeated);
}

TEST_CASE_TEMPLATE("the version of an empty conversation can be expected", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = read(*store, {"c"}).version;
  Change change{"first", version};
  change.edits.push_back(appending({user("one")}));
  apply(*store, "c", change);
  change.opId = "second";
  CHECK(codeOf([&] { apply(*store, "c", change); }) == ErrorCode::SessionConflict);
}

TEST_CASE_TEMPLATE("a change that is sent twice takes effect once and answers the same", Stores, StoresUnderTest) {
  auto store = Stores::open();
  Change change{"once"};
  change.edits.push_back(appending({user("one"), user("two")}));
  auto first = apply(*store, "c", change);
  append(*store, "c", {user("by another")});
  auto again = apply(*store, "c", change);
  CHECK_FALSE(first.repeated);
  CHECK(again.repeated);
  CHECK(again.version == first.version);
  CHECK(read(*store, {"c"}).items.count == 3);
}

TEST_CASE_TEMPLATE("an operation id that was used for another change is refused", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "d", {user("one"), user("two")});
  auto all = uids(*store, "d");
  auto use = [&](std::string opId, std::string id, Edit edit) {
    Change change{std::move(opId)};
    change.edits.push_back(std::move(edit));
    return codeOf([&] { apply(*store, id, change); });
  };
  struct Pair {
    Edit first;
    Edit second;
  };
  std::vector<Pair> pairs{
      {appending({user("one")}), appending({user("two")})},
      {appending({user("one")}), appending({user("one")}, "shelf")},
      {appending({user("one")}), appending({user("one")}, "", {"bot", "r", 1})},
      {appending({user("one")}), edit::Clear{}},
      {edit::Describe{"a", std::nullopt}, edit::Describe{"b", std::nullopt}},
      {edit::Describe{"a", std::nullopt}, edit::Describe{std::nullopt, "a"}},
      {edit::Shelve{{all[0]}, "s"}, edit::Shelve{{all[1]}, "s"}},
      {edit::Restore{"a"}, edit::Restore{"b"}},
      {edit::Discard{"a"}, edit::Discard{"b"}},
      {edit::Discard{"a"}, edit::SetAside{"a"}},
      {edit::Remove{{all[0]}}, edit::Remove{{all[1]}}},
      {edit::Replace{all[0], user("a")}, edit::Replace{all[0], user("b")}},
      {edit::Replace{all[0], user("a")}, edit::Replace{all[0], user("a"), "{}"}},
      {edit::Note{"s", "{}"}, edit::Note{"s", R"({"a":1})"}},
      {edit::Hold{"a", 1}, edit::Hold{"b", 1}},
      {edit::Release{"a"}, edit::Release{"b"}},
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    CAPTURE(i);
    auto opId = "reused-" + std::to_string(i);
    CHECK_FALSE(use(opId, "c", pairs[i].first));
    auto before = read(*store, {"c"}).version;
    CHECK(use(opId, "c", pairs[i].second) == ErrorCode::SessionConflict);
    CHECK(use(opId, "d", pairs[i].first) == ErrorCode::SessionConflict);
    CHECK(read(*store, {"c"}).version == before);
    CHECK_FALSE(use(opId, "c", pairs[i].first));
  }
}

TEST_CASE_TEMPLATE("the edits of a change take effect in order", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("old")});
  Change change{"many"};
  change.edits.push_back(edit::Clear{});
  change.edits.push_back(appending({user("one")}));
  change.edits.push_back(appending({user("two")}, "gone"));
  change.edits.push_back(edit::Discard{"gone"});
  change.edits.push_back(appending({user("three")}, "shelf"));
  change.edits.push_back(edit::Restore{"shelf"});
  change.edits.push_back(edit::Describe{"t", std::nullopt});
  apply(*store, "c", change);
  CHECK(history(*store, "c") == joined({user("one"), user("three")}));
}

TEST_CASE_TEMPLATE("a change without items makes no conversation", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {});
  edit1(*store, "c", edit::Clear{});
  edit1(*store, "c", edit::Discard{"s"});
  apply(*store, "c", {"nothing"});
  CHECK(list(*store).conversations.empty());
}

TEST_CASE_TEMPLATE("ids and texts of any kind survive", Stores, StoresUnderTest) {
  auto store = Stores::open();
  const std::string nul("a\0b", 3);
  for (std::string id : {std::string(), std::string("it's \"quoted\"; --"), std::string("\xF0\x9F\x98\x80"), nul,
                         std::string("%_"), std::string(10'000, 'x')}) {
    CAPTURE(id.size());
    CAPTURE(id.substr(0, 20));
    auto text = user("'; DROP TABLE agent_messages; -- \\ \xF0\x9F\x98\x80 " + id);
    append(*store, id, {text});
    CHECK(history(*store, id) == text);
    CHECK(list(*store).conversations.size() > 0);
  }
  CHECK(list(*store).conversations.size() == 6);
  CHECK(history(*store, "a").empty());
}

TEST_CASE_TEMPLATE("an item's text is kept to the byte", Stores, StoresUnderTest) {
  auto store = Stores::open();
  std::vector<std::string> texts{
      R"({"z":1,"a":2,"z":3})",
      R"({"n":[1e5,1E+2,-0,0.10,123456789012345678901234567890,1.0]})",
      R"({"s":"\ud800 \u0000 \/ \u00e9 é \n"})",
      R"({"e":{},"f":[],"g":"","t":true,"n":null})",
      R"({"":""})",
  };
  append(*store, "c", texts);
  CHECK(history(*store, "c") == joined(texts));
}

TEST_CASE_TEMPLATE("the longest item that a store must take and an item nested 500 deep survive", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  auto huge = user(std::string(Stores::Longest, 'x'));
  auto deep = R"({"a":)" + std::string(499, '[') + std::string(499, ']') + "}";
  append(*store, "c", {huge, deep});
  bool same = history(*store, "c") == joined({huge, deep});
  CHECK(same);
}

TEST_CASE_TEMPLATE("conversations that are written in turns do not mix", Stores, StoresUnderTest) {
  auto store = Stores::open();
  std::string even, odd;
  for (int i = 0; i < 50; ++i) {
    auto text = user(std::to_string(i));
    append(*store, i % 2 ? "odd" : "even", {text});
    auto& all = i % 2 ? odd : even;
    all += (all.empty() ? "" : ",") + text;
    if (i % 7 == 3) edit1(*store, i % 2 ? "odd" : "even", appending({text}, "shelf"));
  }
  CHECK(history(*store, "even") == even);
  CHECK(history(*store, "odd") == odd);
}

TEST_CASE_TEMPLATE("a page keeps what it was given when the conversation goes on", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one"), user("two")});
  auto page = read(*store, {"c"});
  append(*store, "c", {user("three")});
  edit1(*store, "c", edit::Delete{});
  CHECK(page.items.text.text() == joined({user("one"), user("two")}));
}

TEST_CASE_TEMPLATE("a closed store refuses every call and closes again in silence", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  sync(store->close());
  sync(store->close());
  CHECK(codeOf([&] { read(*store, {"c"}); }) == ErrorCode::SessionClosed);
  CHECK(codeOf([&] { list(*store); }) == ErrorCode::SessionClosed);
  CHECK(codeOf([&] { append(*store, "c", {user("two")}); }) == ErrorCode::SessionClosed);
}

TEST_CASE_TEMPLATE("a store that is closed before its first use stays closed", Stores, StoresUnderTest) {
  auto store = Stores::open();
  sync(store->close());
  CHECK(codeOf([&] { read(*store, {"c"}); }) == ErrorCode::SessionClosed);
}

}  // namespace
