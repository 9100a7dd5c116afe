#pragma once

#include "agents/branches.h"
#include "agents/compaction.h"
#include "agents/stores.h"
#include "conversation.h"
#include "short_items.h"
#include "sqlite_database.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace agents::testing {

using Side = ForkPoint::Side;

// The branches of a conversation "c".
class Talk {
 public:
  explicit Talk(std::unique_ptr<Store> opened, const std::string& names = {}) : store(opened.get()) {
    session = std::make_shared<StoreSession>(SessionParts{std::move(opened)});
    say(names);
  }

  void say(const std::string& names) { appendShort(*store, "c", names); }
  std::string active() const { return shortHistory(*store, "c"); }
  std::string unfolded() const { return shortNames(sync(loadUnfolded(session, "c")).items); }

  std::string uidOf(const std::string& name) const {
    auto page = sync(loadUnfolded(session, "c"));
    auto origins = "[" + page.origins + "]";
    auto all = split(shortNames(page.items));
    auto found = std::find(all.begin(), all.end(), name);
    REQUIRE(found != all.end());
    auto origin = json::elements(origins)[static_cast<std::size_t>(found - all.begin())];
    return json::stringMember(origin, "uid").value();
  }

  Branch fork(Side side = Side::End, const std::string& at = {}, std::string name = {}) {
    ForkPoint point{side, at.empty() ? "" : uidOf(at)};
    return sync(forkBranch(session, "c", point, std::move(name)));
  }
  void go(const std::string& id) { sync(switchBranch(session, "c", id)); }
  void drop(const std::string& id) { sync(deleteBranch(session, "c", id)); }
  std::string pop() { return shortName(sync(session->pop("c")).value()); }
  std::vector<Branch> branches() const { return sync(branchesOf(session, "c")); }
  Branch branch(const std::string& id) const {
    auto all = branches();
    auto found = std::find_if(all.begin(), all.end(), [&](const Branch& one) { return one.id == id; });
    REQUIRE(found != all.end());
    return *found;
  }
  // What a branch shows; it is the active one from then on.
  std::string at(const std::string& id) {
    go(id);
    return active();
  }

  // As a compaction does it: the named items become one answer.
  std::string fold(const std::string& names, const std::string& by) {
    Change change{"fold-" + by};
    edit::Shelve shelve{{}, "folded:" + change.opId};
    for (const auto& name : split(names)) shelve.uids.push_back(uidIn(name));
    change.edits.push_back(shelve);
    change.edits.push_back(edit::StandIn{shelve.shelf, {{}, itemsOf({item(by)})}});
    change.edits.push_back(edit::Note{shelve.shelf, "{}"});
    apply(*store, "c", change);
    return change.opId;
  }
  std::size_t folds() const { return sync(compactionsOf(session, "c")).size(); }
  bool unfold() { return !sync(undoCompaction(session, "c")).empty(); }

  Store* store;
  std::shared_ptr<StoreSession> session;

 private:
  std::string uidIn(const std::string& name) const {
    auto all = split(active());
    auto found = std::find(all.begin(), all.end(), name);
    REQUIRE(found != all.end());
    return uids(*store, "c")[static_cast<std::size_t>(found - all.begin())];
  }
};

struct Memory {
  static std::unique_ptr<Store> open() { return makeMemoryStore(); }
};
struct Sql {
  static std::unique_ptr<Store> open() { return makeSqlStore(std::make_shared<SqliteDatabase>(), {}); }
};

}  // namespace agents::testing
