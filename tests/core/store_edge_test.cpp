#include "agents/error.h"
#include "agents/stores.h"
#include "support/sqlite_database.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// The suites of stores where a value is small, as at the edge, and bytes do not travel; then histories of many values.

namespace {

constexpr agents::SqlLimits Narrow{100, 100'000, false};

struct EdgeStores {
  static constexpr std::size_t Longest = 98'000;
  static std::unique_ptr<agents::Store> open() {
    return agents::makeSqlStore(std::make_shared<agents::testing::SqliteDatabase>(":memory:", nullptr, Narrow), {});
  }
};

using StoresUnderTest = EdgeStores;

using namespace agents;
using namespace agents::testing;

// More than fits into thirty values.
std::vector<std::string> manyItems() {
  std::vector<std::string> items;
  for (int i = 0; i < 3000; ++i) items.push_back(user(std::to_string(i) + std::string(1000, 'x')));
  return items;
}

}  // namespace

TEST_CASE("a change of thirty values goes in at once, and the history comes out as it was said") {
  auto store = EdgeStores::open();
  auto items = manyItems();
  append(*store, "c", {user("before")});
  edit1(*store, "c", appending(items));
  bool isWhole = history(*store, "c") == user("before") + "," + joined(items);
  CHECK(isWhole);
  auto all = uids(*store, "c");
  std::sort(all.begin(), all.end());
  CHECK(std::unique(all.begin(), all.end()) == all.end());
  CHECK(all.size() == 3001);
}

TEST_CASE("items have the uids that they have where values are large") {
  std::vector<std::vector<std::string>> found;
  for (auto limits : {Narrow, Wide}) {
    auto store = makeSqlStore(std::make_shared<SqliteDatabase>(":memory:", nullptr, limits), {});
    Change change{"op"};
    change.edits.push_back(appending(manyItems()));
    change.edits.push_back(appending(manyItems()));
    apply(*store, "c", std::move(change));
    found.push_back(uids(*store, "c"));
  }
  CHECK(found[0].size() == 6000);
  CHECK(found[0] == found[1]);
}

TEST_CASE("pages of a long history end where those of a short one do") {
  auto store = EdgeStores::open();
  auto items = manyItems();
  append(*store, "c", items);
  ReadQuery newest{"c"};
  newest.newest = 2000;
  auto page = read(*store, newest);
  CHECK(page.items.count == 2000);
  newest.before = page.older.value();
  auto older = read(*store, newest);
  CHECK(older.items.count == 1000);
  CHECK(!older.older);
  bool isWhole = older.items.text.text() + "," + page.items.text.text() == joined(items);
  CHECK(isWhole);
}

TEST_CASE("more uids than a value holds are shelved, restored and removed") {
  auto store = EdgeStores::open();
  std::vector<std::string> items(5000, user("x"));
  Change change{std::string(100, 'o')};
  change.edits.push_back(appending(items));
  apply(*store, "c", std::move(change));
  auto all = uids(*store, "c");
  edit1(*store, "c", edit::Shelve{all, "shelf"});
  CHECK(history(*store, "c").empty());
  CHECK(uids(*store, "c", "shelf") == all);
  edit1(*store, "c", edit::Restore{"shelf", true});
  CHECK(uids(*store, "c") == all);
  edit1(*store, "c", edit::Remove{all});
  CHECK(history(*store, "c").empty());
}

TEST_CASE("an item that no value holds is refused by its size, and nothing of its change happens") {
  auto store = EdgeStores::open();
  append(*store, "c", {user("before")});
  auto uid = uids(*store, "c")[0];
  auto tooLong = user(std::string(99'000, 'x'));
  for (Edit edit : {Edit(appending({user("fine"), tooLong})), Edit(edit::Replace{uid, tooLong})}) {
    CHECK_THROWS_WITH_AS(edit1(*store, "c", edit),
                         "An item has 99028 bytes, and this database takes items of at most 99000 bytes.", AgentsError);
  }
  CHECK(history(*store, "c") == user("before"));
}

TEST_CASE("long items are searched, and of the longest the beginning") {
  auto store = EdgeStores::open();
  std::vector<std::string> items;
  for (int i = 0; i < 40; ++i) items.push_back(user("word" + std::to_string(i) + " " + std::string(90'000, 'x')));
  std::string separate;
  for (int i = 0; i < 30'000; ++i) separate += "語";
  items.push_back(user("first " + separate));
  append(*store, "c", items);
  auto hits = [&store](const std::string& text) {
    for (;;) {
      auto page = sync(store->search({text}));
      if (!page.isIndexing) return page.hits.size();
    }
  };
  CHECK(hits("word0") == 1);
  CHECK(hits("word39") == 1);
  CHECK(hits("first") == 1);
}

#include "store_changes_suite.h"
#include "store_folds_suite.h"
#include "store_kept_suite.h"
#include "store_leases_suite.h"
#include "store_shelves_suite.h"
#include "store_suite.h"
