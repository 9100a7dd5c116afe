#include "agents/stores.h"
#include "support/sqlite_database.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace agents;
using namespace agents::testing;

namespace {

// The same operations on a memory store and on a SQL store. Their versions, cursors and uids differ and are kept side
// by side; all else must be equal.
class Twins {
 public:
  explicit Twins(unsigned seed) : random_(seed) {}

  void step() {
    switch (below(12)) {
      case 0:
        return page();
      case 1:
        return lists();
      case 2:
        return repeat();
      default:
        return change();
    }
  }

 private:
  struct Both {
    std::string memory;
    std::string sql;
  };
  struct Sent {
    std::string id;
    Change memory;
    Change sql;
  };

  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string id() { return std::string(1, static_cast<char>('a' + below(3))); }
  std::string shelf() { return std::string(1, static_cast<char>('x' + below(2))); }

  std::string holder() { return "h" + std::to_string(below(3)); }
  std::string sdk() { return below(2) ? "" : R"({"n":1e5,"k":)" + std::to_string(below(9)) + "}"; }

  edit::Append randomAppend() {
    std::vector<std::string> texts;
    if (below(20)) {
      for (std::size_t i = 0; i <= below(4); ++i) texts.push_back(user(std::to_string(random_() % 1000)));
    }
    Origin origin;
    if (below(2)) origin = {"bot", "run-" + std::to_string(below(5)), static_cast<int>(below(3))};
    auto append = appending(texts, below(3) ? "" : shelf(), origin);
    if (!below(3)) {
      for (std::size_t i = 0; i < texts.size(); ++i) append.batch.sdk.push_back(sdk());
    }
    return append;
  }

  // Some of the conversation's items, as each store names them.
  std::pair<std::vector<std::string>, std::vector<std::string>> someUids(const std::string& id) {
    std::pair<std::vector<std::string>, std::vector<std::string>> some;
    auto mine = uids(*memory_, id), other = uids(*sql_, id);
    REQUIRE(mine.size() == other.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      if (below(3)) continue;
      some.first.push_back(mine[i]);
      some.second.push_back(other[i]);
    }
    return some;
  }

  // Leases that have run out at once, or do not while the test runs.
  edit::Hold randomHold() { return {holder(), below(3) ? 3'600'000 : 0, !below(6)}; }

  void pushEdit(const std::string& id, Change& memory, Change& sql) {
    auto both = [&](const Edit& edit) {
      memory.edits.push_back(edit);
      sql.edits.push_back(edit);
    };
    switch (below(21)) {
      case 0:
        return below(4) ? both(edit::Restore{shelf(), !below(2)}) : both(edit::Clear{});
      case 1:
        return both(edit::Discard{shelf()});
      case 2:
        return both(edit::Describe{"t" + std::to_string(below(9)), std::nullopt});
      case 3:
      case 4: {
        auto [mine, other] = someUids(id);
        edit::Shelve shelve{mine, shelf()};
        memory.edits.push_back(shelve);
        sql.edits.push_back(edit::Shelve{other, shelve.shelf});
        return;
      }
      case 5: {
        auto [mine, other] = someUids(id);
        memory.edits.push_back(edit::Remove{mine});
        sql.edits.push_back(edit::Remove{other});
        return;
      }
      case 6: {
        auto [mine, other] = someUids(id);
        if (mine.empty()) return;
        edit::Replace replace{mine[0], user("new " + std::to_string(below(99))), sdk()};
        memory.edits.push_back(replace);
        sql.edits.push_back(edit::Replace{other[0], replace.item, replace.sdk});
        return;
      }
      case 7:
      case 8:
        return both(edit::Note{shelf(), R"({"n":)" + std::to_string(below(99)) + "}"});
      case 9:
      case 10:
        return both(randomHold());
      case 11:
        return both(edit::Release{holder()});
      case 12:
        return both(edit::SetAside{shelf()});
      case 13:
        return both(edit::StandIn{shelf(), {{}, itemsOf({user("for " + std::to_string(below(99)))}), {sdk()}}});
      default:
        return both(randomAppend());
    }
  }

  void change() {
    Sent sent{id(), {"op-" + std::to_string(++ops_)}, {"op-" + std::to_string(ops_)}};
    if (!below(5)) {
      auto& version = versions_.empty() || below(2) ? current(sent.id) : versions_[below(versions_.size())];
      sent.memory.expectVersion = version.memory;
      sent.sql.expectVersion = version.sql;
    }
    if (!below(5)) sent.memory.heldBy = sent.sql.heldBy = holder();
    if (!below(10)) {
      sent.memory.opId = sent.sql.opId = "";
      Edit lease = below(3) ? Edit(randomHold()) : Edit(edit::Release{holder()});
      sent.memory.edits.push_back(lease);
      sent.sql.edits.push_back(lease);
    } else if (!below(40)) {
      sent.memory.edits.push_back(edit::Delete{});
      sent.sql.edits.push_back(edit::Delete{});
    } else {
      for (std::size_t i = 0; i <= below(3); ++i) pushEdit(sent.id, sent.memory, sent.sql);
    }
    sent_.push_back(sent);
    send(sent);
  }

  // A change of before once more, or its operation id for another one.
  void repeat() {
    if (sent_.empty()) return;
    auto again = sent_[sent_.size() - 1 - below(std::min<std::size_t>(sent_.size(), 50))];
    if (!below(3)) {
      again.memory.edits.push_back(edit::Restore{"x"});
      again.sql.edits.push_back(edit::Restore{"x"});
    }
    send(again);
  }

  void send(const Sent& sent) {
    Applied mine, other;
    auto code = codeOf([&] { mine = apply(*memory_, sent.id, sent.memory); });
    auto otherCode = codeOf([&] { other = apply(*sql_, sent.id, sent.sql); });
    REQUIRE(code.has_value() == otherCode.has_value());
    if (code) {
      REQUIRE(*code == *otherCode);
      REQUIRE(messageOf([&] { apply(*memory_, sent.id, sent.memory); }) ==
              messageOf([&] { apply(*sql_, sent.id, sent.sql); }));
    } else {
      REQUIRE(mine.repeated == other.repeated);
      versions_.push_back({mine.version, other.version});
    }
    for (std::string shelf : {"", "x", "y"})
      REQUIRE(history(*memory_, sent.id, shelf) == history(*sql_, sent.id, shelf));
    REQUIRE(shelvesAndLease(*memory_, sent.id) == shelvesAndLease(*sql_, sent.id));
  }

  // What a read says of them, but for times.
  static std::string shelvesAndLease(Store& store, const std::string& id) {
    auto page = read(store, shelvesOf(id));
    std::string all;
    for (const auto& shelf : page.shelves) all += shelf.name + shelf.note + std::to_string(shelf.count) + "|";
    if (page.lease) all += page.lease->holder + (page.lease->msLeft > 0 ? " holds" : " held");
    return all;
  }

  Both& current(const std::string& id) {
    versions_.push_back({read(*memory_, {id}).version, read(*sql_, {id}).version});
    return versions_.back();
  }

  // Walks through a conversation in pages, back from the end, all the way or to what was seen before.
  void page() {
    ReadQuery query{id(), below(2) ? "" : shelf(), below(4)};
    query.detail = ReadQuery::Detail::Origins;
    auto mine = query, other = query;
    auto& seen = seen_[query.conversationId + query.shelf];
    if (!below(3) && !seen.memory.empty()) {
      mine.since = seen.memory;
      other.since = seen.sql;
    }
    for (int pages = 0; pages < 5; ++pages) {
      auto a = read(*memory_, mine), b = read(*sql_, other);
      REQUIRE(a.items.text.text() == b.items.text.text());
      REQUIRE(a.items.count == b.items.count);
      REQUIRE(withoutNames(a.origins) == withoutNames(b.origins));
      REQUIRE(a.older.has_value() == b.older.has_value());
      REQUIRE(a.newest.has_value() == b.newest.has_value());
      if (a.newest) seen = {*a.newest, *b.newest};
      if (!a.older) return;
      mine.before = a.older;
      other.before = b.older;
    }
  }

  // Origins without uid and time.
  static std::string withoutNames(const std::string& origins) {
    std::string all;
    auto text = "[" + origins + "]";
    for (auto origin : json::elements(text)) {
      for (auto key : {"agent", "run", "turn", "sdk"}) (all += *json::member(origin, key)) += '|';
    }
    return all;
  }

  void lists() {
    auto seen = [](ConversationPage page) {
      std::vector<std::string> all;
      for (auto& one : page.conversations) all.push_back(one.id + "|" + one.title + "|" + one.metadata);
      std::sort(all.begin(), all.end());
      return all;
    };
    REQUIRE(seen(list(*memory_)) == seen(list(*sql_)));
  }

  std::mt19937 random_;
  std::unique_ptr<Store> memory_ = makeMemoryStore();
  std::unique_ptr<Store> sql_ = makeSqlStore(std::make_shared<SqliteDatabase>(), {});
  std::vector<Both> versions_;
  std::vector<Sent> sent_;
  std::map<std::string, Both> seen_;  // the newest cursor that was given, by conversation and shelf
  int ops_ = 0;
};

}  // namespace

TEST_CASE("the memory store and the SQL store answer thousands of random operations alike") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < 250; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      twins.step();
    }
  }
}
