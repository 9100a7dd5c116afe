#include "agents/search.h"
#include "agents/stores.h"
#include "support/sqlite_database.h"
#include "support/sqlite_dump.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>

using namespace agents;
using namespace agents::testing;

namespace {

struct MemoryStores {
  static std::unique_ptr<Store> open() { return makeMemoryStore(); }
};
struct SqlStores {
  static std::unique_ptr<Store> open() { return makeSqlStore(std::make_shared<SqliteDatabase>(), {}); }
};

// All steps of one page.
SearchPage search(Store& store, SearchQuery query) {
  SearchPage all;
  for (;;) {
    auto left = query;
    left.limit -= all.hits.size();
    auto step = sync(store.search(std::move(left)));
    for (auto& hit : step.hits) all.hits.push_back(std::move(hit));
    all.hasIndex = step.hasIndex;
    if (step.isIndexing) continue;
    all.next = query.after = step.next;
    if (!step.next || all.hits.size() >= query.limit) return all;
  }
}

// What was found: conversation, shelf and snippet of each.
std::vector<std::string> found(Store& store, const std::string& text, std::optional<std::string> id = std::nullopt) {
  std::vector<std::string> all;
  SearchQuery query{text, 100, std::nullopt, std::move(id)};
  auto page = search(store, std::move(query));
  for (const auto& hit : page.hits) all.push_back(hit.conversationId + "/" + hit.shelf + "/" + hit.snippet.text);
  return all;
}

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE_TEMPLATE("a search finds the items that have all of its words, the newest first", Stores, MemoryStores,
                   SqlStores) {
  auto store = Stores::open();
  append(*store, "a", {user("red apples"), user("green apples")});
  append(*store, "b", {user("Red wine")});
  CHECK(found(*store, "apples") == Found{"a//green apples", "a//red apples"});
  CHECK(found(*store, "RED") == Found{"b//Red wine", "a//red apples"});
  CHECK(found(*store, "re app") == Found{});
  CHECK(found(*store, "apple red").empty());
  CHECK(found(*store, "red appl") == Found{"a//red apples"});
  CHECK(found(*store, "red", "a") == Found{"a//red apples"});
  CHECK(found(*store, "red", "nobody").empty());
  append(*store, "b", {user("red again")});
  CHECK(found(*store, "red").front() == "b//red again");
}

TEST_CASE_TEMPLATE("a hit tells of its item", Stores, MemoryStores, SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("one"), R"({"type":"function_call","call_id":"x","name":"look","arguments":"{}"})"});
  auto hits = search(*store, {"look"}).hits;
  REQUIRE(hits.size() == 1);
  CHECK(hits[0].uid == uids(*store, "c")[1]);
  CHECK(hits[0].type == "function_call");
  CHECK(hits[0].role.empty());
  CHECK(hits[0].createdAt.size() == 24);
  CHECK(search(*store, {"one"}).hits.at(0).role == "user");
}

TEST_CASE_TEMPLATE("cursors lead through all hits, each once", Stores, MemoryStores, SqlStores) {
  auto store = Stores::open();
  for (int i = 0; i < 60; ++i) append(*store, "c" + std::to_string(i % 23), {user("word " + std::to_string(i))});
  for (std::size_t limit : {1, 7, 60, 100}) {
    CAPTURE(limit);
    std::set<std::string> seen;
    SearchQuery query{"word", limit};
    int pages = 0;
    do {
      auto page = search(*store, query);
      CHECK(page.hits.size() <= limit);
      for (const auto& hit : page.hits) CHECK(seen.insert(hit.snippet.text).second);
      query.after = page.next;
      ++pages;
    } while (query.after);
    CHECK(seen.size() == 60);
    CHECK(pages == static_cast<int>((60 + limit - 1) / limit));
  }
  for (std::string cursor : {"", "x", "[]", R"(["a"])", "[1,2,3]"}) {
    SearchQuery query{"word", 1, cursor};
    CHECK(codeOf([&] { search(*store, query); }) == ErrorCode::InvalidArgument);
  }
}

TEST_CASE_TEMPLATE("a page whose last hit was removed since is followed by all that is left", Stores, MemoryStores,
                   SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("word one"), user("word two"), user("word three")});
  SearchQuery query{"word", 1};
  auto page = search(*store, query);
  edit1(*store, "c", edit::Remove{{page.hits.at(0).uid}});
  query.after = page.next;
  query.limit = 10;
  CHECK(search(*store, query).hits.size() == 2);
}

TEST_CASE_TEMPLATE("a search without words finds nothing, one with too many fails", Stores, MemoryStores, SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("one \" * NEAR( two")});
  for (std::string text : {"", " ", "\"", "*", "()", "-- ;"}) CHECK(found(*store, text).empty());
  CHECK(found(*store, "NEAR(") == Found{"c//one \" * NEAR( two"});
  CHECK(found(*store, "' OR 1=1 --").empty());
  std::string many;
  for (int i = 0; i < 65; ++i) many += "x ";
  CHECK(codeOf([&] { found(*store, many); }) == ErrorCode::InvalidArgument);
}

TEST_CASE_TEMPLATE("what is folded or on another branch is found, what lies on other shelves is not", Stores,
                   MemoryStores, SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("word one"), user("word two"), user("word three"), user("word four")});
  auto look = [&] { return found(*store, "word"); };
  CHECK(look().size() == 4);
  auto all = uids(*store, "c");
  Change fold{"fold"};
  fold.edits.push_back(edit::Shelve{{all[0], all[1]}, "folded:1"});
  fold.edits.push_back(edit::StandIn{"folded:1", {{}, itemsOf({user("the word of both")})}});
  apply(*store, "c", fold);
  edit1(*store, "c", edit::Shelve{{all[2]}, "branch:x"});
  edit1(*store, "c", edit::Shelve{{all[3]}, "doctor:x"});
  edit1(*store, "c", appending({user("word in a journal")}, "run:1"));
  auto hits = look();
  CHECK(std::set<std::string>(hits.begin(), hits.end()) ==
        std::set<std::string>{"c//the word of both", "c/folded:1/word one", "c/folded:1/word two",
                              "c/branch:x/word three"});
  Change undo{"undo"};
  undo.edits.push_back(edit::Remove{{"fold.0"}});
  undo.edits.push_back(edit::Restore{"folded:1", true});
  undo.edits.push_back(edit::Restore{"branch:x", true});
  undo.edits.push_back(edit::Restore{"doctor:x", true});
  apply(*store, "c", undo);
  CHECK(look() == Found{"c//word four", "c//word three", "c//word two", "c//word one"});
}

TEST_CASE_TEMPLATE("what is removed or replaced is not found any more", Stores, MemoryStores, SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("old one"), user("old two"), user("old three")});
  append(*store, "d", {user("old four")});
  append(*store, "e", {user("old five")});
  CHECK(found(*store, "old").size() == 5);
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Replace{all[0], user("new one")});
  edit1(*store, "c", edit::Remove{{all[1]}});
  edit1(*store, "d", edit::Clear{});
  edit1(*store, "e", edit::Delete{});
  CHECK(found(*store, "old") == Found{"c//old three"});
  CHECK(found(*store, "new") == Found{"c//new one"});
  edit1(*store, "c", edit::Shelve{{all[2]}, "folded:1"});
  edit1(*store, "c", edit::Discard{"folded:1"});
  CHECK(found(*store, "old").empty());
}

TEST_CASE_TEMPLATE("characters of scripts without spaces are found within a text", Stores, MemoryStores, SqlStores) {
  auto store = Stores::open();
  append(*store, "c", {user("\u6771\u4EAC\u90FD\u306B\u4F4F\u3093\u3067\u3044\u307E\u3059"), user("go \U0001F680!")});
  CHECK(found(*store, "\u4EAC\u90FD").size() == 1);
  CHECK(found(*store, "\u90FD\u4EAC").empty());
  CHECK(found(*store, "\U0001F680") == Found{"c//go \U0001F680!"});
}

TEST_CASE("what Python adds and removes is found and not found") {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  append(*store, "c", {user("word one")});
  CHECK(found(*store, "word").size() == 1);
  database->run(
      "INSERT INTO agent_messages (session_id, message_data) VALUES ('c', '{\"role\": \"user\", \"content\": "
      "\"word two\"}'), ('c', 'no word of JSON')");
  CHECK(found(*store, "word") == Found{"c//word two", "c//word one"});
  database->run("DELETE FROM agent_messages WHERE id = 1");
  CHECK(found(*store, "word") == Found{"c//word two"});
  CHECK(dump(*database, "SELECT COUNT(*) FROM agents_wasm_agent_messages_stale") == "0|\n");
}

TEST_CASE("what a change takes away has left the index when the change is stored") {
  auto database = std::make_shared<SqliteDatabase>();
  auto store = makeSqlStore(database, {});
  auto entries = [&] {
    return dump(*database,
                "SELECT rowid FROM agents_wasm_agent_messages_search WHERE agents_wasm_agent_messages_search "
                "MATCH 'secret'");
  };
  append(*store, "c", {user("SECRET one"), user("SECRET two"), user("SECRET three")});
  CHECK(found(*store, "secret").size() == 3);
  CHECK(entries() == "1|\n2|\n3|\n");
  removeNewest(*store, "c");
  CHECK(entries() == "1|\n2|\n");
  auto other = makeSqlStore(database, {});
  edit1(*other, "c", edit::Replace{uids(*store, "c")[0], user("open")});
  CHECK(entries() == "2|\n");
  edit1(*store, "c", edit::Clear{});
  CHECK(entries().empty());
}

TEST_CASE("two stores may index one database at once, while it changes") {
  auto database = std::make_shared<SqliteDatabase>();
  auto first = makeSqlStore(database, {});
  auto second = makeSqlStore(database, {});
  for (int i = 0; i < 3; ++i) append(*first, "c", std::vector<std::string>(400, user("word")));
  auto total = uids(*first, "c").size();
  for (bool busy = true; busy;) {
    auto one = sync(first->search({"word", 1}));
    auto two = sync(second->search({"word", 1}));
    busy = one.isIndexing || two.isIndexing;
    if (!busy) break;
    CHECK(one.hasIndex);
    if (total > 1190) {
      removeNewest(*first, "c");
      --total;
    }
  }
  SearchQuery all{"word", 1000};
  auto page = search(*second, all);
  std::size_t count = page.hits.size();
  all.after = page.next;
  count += search(*second, all).hits.size();
  CHECK(count == total);
}

TEST_CASE("the memory store and the SQL store find the same after random changes") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto below = [&](std::size_t limit) { return random() % limit; };
    auto memory = makeMemoryStore();
    auto sql = SqlStores::open();
    for (int step = 0; step < 120; ++step) {
      CAPTURE(step);
      auto id = std::string(1, static_cast<char>('a' + below(3)));
      auto word = [&] { return "w" + std::to_string(below(8)); };
      auto shelf = below(2) ? "folded:1" : "branch:1";
      Change change{"op-" + std::to_string(seed) + "-" + std::to_string(step)};
      auto twin = change;
      auto both = [&](const Edit& edit) {
        change.edits.push_back(edit);
        twin.edits.push_back(edit);
      };
      // Each store has uids of its own.
      auto all = uids(*memory, id), others = uids(*sql, id);
      REQUIRE(all.size() == others.size());
      std::vector<std::string> some, someOthers;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (below(3)) continue;
        some.push_back(all[i]);
        someOthers.push_back(others[i]);
      }
      switch (below(10)) {
        case 0:
          change.edits.push_back(edit::Remove{some});
          twin.edits.push_back(edit::Remove{someOthers});
          break;
        case 1: {
          if (some.empty()) break;
          auto text = user(word() + " " + word());
          change.edits.push_back(edit::Replace{some[0], text});
          twin.edits.push_back(edit::Replace{someOthers[0], text});
          break;
        }
        case 2:
          change.edits.push_back(edit::Shelve{some, shelf});
          twin.edits.push_back(edit::Shelve{someOthers, shelf});
          if (below(2)) both(edit::StandIn{shelf, {{}, itemsOf({user(word() + " for all")})}});
          break;
        case 3:
          both(edit::Restore{shelf, below(3) != 0});
          break;
        case 4:
          both(below(3) ? Edit(edit::Discard{shelf}) : Edit(edit::Clear{}));
          break;
        default:
          both(appending({user(word() + " " + word()), user(word() + " " + word())}));
      }
      apply(*memory, id, change);
      apply(*sql, id, twin);
      if (below(3)) continue;
      auto query = word() + (below(2) ? " " + word() : "");
      // The order over shelves and conversations differs.
      auto mine = found(*memory, query), theirs = found(*sql, query);
      std::sort(mine.begin(), mine.end());
      std::sort(theirs.begin(), theirs.end());
      REQUIRE(mine == theirs);
    }
  }
}
