// What every store promises about shelves, their notes and single items. See `store_suite.h`.

#include "support/store_calls.h"

#include <doctest/doctest.h>

namespace {

using namespace agents;
using namespace agents::testing;

// The shelves of a conversation as a reader sees them, but for the time: name, note, count.
std::string shelvesText(Store& store, std::string prefix = {}) {
  std::string all;
  for (const auto& shelf : read(store, shelvesOf("c", std::move(prefix))).shelves) {
    CHECK(shelf.createdAt.size() == 24);
    all += shelf.name + "|" + shelf.note + "|" + std::to_string(shelf.count) + "\n";
  }
  return all;
}

// What the origins say, item by item, but for one member.
std::vector<std::string> originsOf(Store& store, std::string shelf = {}) {
  ReadQuery query{"c", std::move(shelf)};
  query.detail = ReadQuery::Detail::Origins;
  auto text = "[" + read(store, query).origins + "]";
  std::vector<std::string> all;
  for (auto origin : json::elements(text)) all.emplace_back(origin);
  return all;
}

TEST_CASE_TEMPLATE("a read tells of the shelves it is asked for, in the order of their creation", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", appending({user("one"), user("two")}, "run/b"));
  edit1(*store, "c", edit::Note{"run/a", R"({"state":"running"})"});
  edit1(*store, "c", appending({user("three")}, "folded"));
  edit1(*store, "c", edit::Note{"run/b", R"({"state":"failed"})"});
  edit1(*store, "other", edit::Note{"run/c", "{}"});
  CHECK(shelvesText(*store, "run/") == "run/b|{\"state\":\"failed\"}|2\nrun/a|{\"state\":\"running\"}|0\n");
  CHECK(shelvesText(*store) == "run/b|{\"state\":\"failed\"}|2\nrun/a|{\"state\":\"running\"}|0\nfolded||1\n");
  CHECK(shelvesText(*store, "run/bb").empty());
  CHECK(read(*store, {"c"}).shelves.empty());
}

TEST_CASE_TEMPLATE("the beginning of a shelf's name is no pattern", Stores, StoresUnderTest) {
  auto store = Stores::open();
  for (auto name : {"a%c", "abc", "A%C", "\xC3\xA4"}) edit1(*store, "c", edit::Note{name, "{}"});
  CHECK(shelvesText(*store, "a%") == "a%c|{}|0\n");
  CHECK(shelvesText(*store, "\xC3\xA4") == "\xC3\xA4|{}|0\n");
  CHECK(shelvesText(*store, "_").empty());
}

TEST_CASE_TEMPLATE("a note makes the conversation and its shelf, and the last one counts", Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", edit::Note{"run", R"({"a":1})"});
  REQUIRE(list(*store).conversations.size() == 1);
  CHECK(history(*store, "c").empty());
  edit1(*store, "c", edit::Note{"run", R"({"z":1e5, "a":"é"})"});
  CHECK(shelvesText(*store) == "run|{\"z\":1e5, \"a\":\"é\"}|0\n");
  edit1(*store, "c", appending({user("one")}, "run"));
  CHECK(shelvesText(*store) == "run|{\"z\":1e5, \"a\":\"é\"}|1\n");
}

TEST_CASE_TEMPLATE("a shelf and its note end with restore, discard, clear and delete", Stores, StoresUnderTest) {
  auto store = Stores::open();
  for (Edit last : {Edit(edit::Restore{"s"}), Edit(edit::Discard{"s"}), Edit(edit::Clear{}), Edit(edit::Delete{})}) {
    CAPTURE(last.index());
    edit1(*store, "c", appending({user("one")}, "s"));
    edit1(*store, "c", edit::Note{"s", "{}"});
    edit1(*store, "c", last);
    CHECK(shelvesText(*store).empty());
    edit1(*store, "c", appending({user("two")}, "s"));
    CHECK(shelvesText(*store) == "s||1\n");
    CHECK(history(*store, "c", "s") == user("two"));
    edit1(*store, "c", edit::Clear{});
  }
}

TEST_CASE_TEMPLATE("shelving nothing makes no shelf", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  edit1(*store, "c", edit::Shelve{{"unknown"}, "s"});
  edit1(*store, "c", edit::Shelve{{}, "s"});
  edit1(*store, "c", edit::SetAside{"s"});
  edit1(*store, "c", appending({}, "s"));
  CHECK(shelvesText(*store).empty());
  edit1(*store, "c", edit::Shelve{uids(*store, "c"), "s"});
  CHECK(shelvesText(*store) == "s||1\n");
}

TEST_CASE_TEMPLATE("an edit of a shelf needs the shelf's name", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  for (Edit edit : {Edit(edit::Shelve{uids(*store, "c"), ""}), Edit(edit::SetAside{""}), Edit(edit::Restore{""}),
                    Edit(edit::Discard{""}), Edit(edit::Note{"", "{}"})}) {
    CAPTURE(edit.index());
    CHECK(codeOf([&] { edit1(*store, "c", edit); }) == ErrorCode::InvalidArgument);
  }
  CHECK(read(*store, {"c"}).version == version);
  CHECK(history(*store, "c") == user("one"));
}

TEST_CASE_TEMPLATE("a change of the conversation needs an operation id", Stores, StoresUnderTest) {
  auto store = Stores::open();
  for (Edit edit : {Edit(appending({user("one")})), Edit(edit::Clear{}), Edit(edit::Delete{}),
                    Edit(edit::Note{"s", "{}"}), Edit(edit::SetAside{"s"})}) {
    CAPTURE(edit.index());
    Change change;
    change.edits.push_back(edit);
    CHECK(codeOf([&] { apply(*store, "c", change); }) == ErrorCode::InvalidArgument);
  }
  CHECK(list(*store).conversations.empty());
}

TEST_CASE_TEMPLATE("a conversation is deleted by a change that does nothing else", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  Change change{"both"};
  change.edits.push_back(edit::Delete{});
  change.edits.push_back(appending({user("two")}));
  CHECK(codeOf([&] { apply(*store, "c", change); }) == ErrorCode::InvalidArgument);
  CHECK(history(*store, "c") == user("one"));
}

TEST_CASE_TEMPLATE("remove takes the named items out of the history and no others", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one"), user("two"), user("three")});
  auto all = uids(*store, "c");
  append(*store, "d", {user("four")});
  edit1(*store, "c", appending({user("five")}, "s"));
  auto kept = originsOf(*store);
  edit1(*store, "c", edit::Remove{{all[0], all[2], uids(*store, "d")[0], uids(*store, "c", "s")[0], "unknown"}});
  CHECK(history(*store, "c") == user("two"));
  CHECK(originsOf(*store) == std::vector{kept[1]});
  CHECK(history(*store, "c", "s") == user("five"));
  CHECK(history(*store, "d") == user("four"));
  edit1(*store, "nobody", edit::Remove{{all[0]}});
  CHECK(list(*store).conversations.size() == 2);
}

TEST_CASE_TEMPLATE("a replaced item keeps its place, uid, origin and time", Stores, StoresUnderTest) {
  auto store = Stores::open();
  edit1(*store, "c", appending({user("one"), user("two"), user("three")}, "", {"bot", "r", 3}));
  auto all = uids(*store, "c");
  auto before = originsOf(*store);
  const std::string text = R"({"z":1e5,"a":"\ud800 é"})";
  edit1(*store, "c", edit::Replace{all[1], text});
  CHECK(history(*store, "c") == joined({user("one"), text, user("three")}));
  CHECK(originsOf(*store) == before);
  edit1(*store, "c", edit::Replace{"unknown", text});
  edit1(*store, "nobody", edit::Replace{all[1], text});
  CHECK(history(*store, "c") == joined({user("one"), text, user("three")}));
  CHECK(list(*store).conversations.size() == 1);
}

TEST_CASE_TEMPLATE("what another SDK knows of an item comes back byte for byte, wherever the item goes", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  const std::vector<std::string> sdk{R"({"z":1.0,"a":[1e5,"\ud800 \/ é"],"a":{}})", "", R"("text \" \\n")", "-0.0"};
  const std::vector<std::string> items{user("one"), R"({"n":[1e5,-0,0.10],"s":"\ud800 \/"})", user("three"),
                                       user("four")};
  auto append = appending(items, "", {"bot", "r", 1});
  append.batch.sdk = sdk;
  edit1(*store, "c", append);
  auto told = [&](std::string shelf = {}) {
    std::vector<std::string> all;
    for (const auto& origin : originsOf(*store, shelf)) all.emplace_back(json::member(origin, "sdk").value());
    return all;
  };
  CHECK(history(*store, "c") == joined(items));
  CHECK(told() == std::vector<std::string>{sdk[0], "null", sdk[2], sdk[3]});
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{{all[0], all[2]}, "s"});
  CHECK(told("s") == std::vector{sdk[0], sdk[2]});
  edit1(*store, "c", edit::Restore{"s"});
  CHECK(told() == std::vector<std::string>{"null", sdk[3], sdk[0], sdk[2]});
  edit1(*store, "c", edit::Replace{all[0], user("new")});
  edit1(*store, "c", edit::Replace{all[1], user("newer"), sdk[0]});
  CHECK(told() == std::vector<std::string>{sdk[0], sdk[3], "null", sdk[2]});
  auto shelved = appending({user("five")}, "t");
  shelved.batch.sdk = {sdk[0]};
  edit1(*store, "c", shelved);
  CHECK(told("t") == std::vector{sdk[0]});
}

TEST_CASE_TEMPLATE("a history of whole items has nothing to set aside", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one"), R"({"type":"of the future"})"});
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  CHECK(read(*store, query).undecodable == 0);
  edit1(*store, "c", edit::SetAside{"s"});
  CHECK(read(*store, query).items.count == 2);
  CHECK(history(*store, "c", "s").empty());
}

TEST_CASE_TEMPLATE("a change without effect leaves version and time as they are", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  auto updated = list(*store).conversations[0].updatedAt;
  CHECK(append(*store, "c", {}).version == version);
  CHECK(edit1(*store, "c", appending({}, "s")).version == version);
  Change nothing{"nothing"};
  CHECK(apply(*store, "c", nothing).version == version);
  CHECK(apply(*store, "c", nothing).repeated);
  CHECK(apply(*store, "c", {}).version == version);
  CHECK(read(*store, {"c"}).version == version);
  CHECK(list(*store).conversations[0].updatedAt == updated);
}

}  // namespace
