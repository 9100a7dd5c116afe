#pragma once

#include "agents/branches.h"
#include "branch_note.h"
#include "fold_note.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace agents {

// A conversation with all of its branches, and the edits that lead from one to another.
//
// Every item belongs to one branch. A branch shows its own items, and those of the branch that it began on up to the
// place where it did, and so on. What the active one does not show lies on the shelves of those that it belongs to.
// Places tell what was said before what; they stay the same for ever.
class BranchTree {
 public:
  // The active history, whole and with all shelves.
  explicit BranchTree(Page active);

  const std::string& version() const { return active_.version; }
  // The shelves that it needs.
  std::vector<std::string> shelves() const;
  void add(const std::string& shelf, Page page);
  // To be called when all of them are there.
  void link();

  std::vector<Branch> list() const;
  Branch branch(const std::string& id) const { return describe(find(id)); }

  // Each gives the edits that do it, which are none if there is nothing to do. To be called once.
  std::vector<Edit> switchTo(const std::string& id);
  // Under that id, which is not in use.
  std::vector<Edit> fork(const ForkPoint& point, const std::string& id, const std::string& name);
  std::vector<Edit> rename(const std::string& id, const std::string& name);
  std::vector<Edit> remove(const std::string& id);
  // Ends the active branch before that item. Others keep what they share of what is behind it; where they share nothing
  // there are no edits.
  std::vector<Edit> endBefore(const std::string& uid);
  // Removes items that the active branch shows, from all branches: each still finds where it begins.
  std::vector<Edit> removeItems(std::vector<std::string> uids);

 private:
  static constexpr std::size_t None = static_cast<std::size_t>(-1);

  struct Node {
    std::string id;
    BranchNote note;
    std::string stored = {};  // the note as it is stored; empty for a branch that has none yet
    std::size_t parent = None;
    std::size_t last = None;  // the last item that it shares
    bool hasItems = false;    // on its shelf
    bool isOpen = false;      // the shelf is emptied, to be filled anew
    bool isGone = false;
  };

  enum class Home { Active, Branch, Fold };
  struct One {
    std::string uid;
    std::int64_t place = 0;
    Home home = Home::Active;
    std::size_t at = None;     // the number of that branch or fold
    std::size_t owner = None;  // the branch that it belongs to
    bool isGone = false;
  };

  struct Fold {
    Compaction fold;
    std::size_t hidden = None;  // the branch on whose shelf its stand-in lies
    std::size_t first = 0;      // of its items
    Page page = {};
    bool isGone = false;
  };

  // The places of what a fold stands for, and whether a branch shows some and lacks some of it.
  struct Span {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = 0;
    bool isShown = false;
    bool isLacking = false;
  };

  // What it is.
  std::size_t find(const std::string& id) const;
  Branch describe(std::size_t node) const;
  void addItems(const Page& page, Home home, std::size_t at);
  void linkNode(Node& node);
  bool isSeen(const One& one) const;
  std::int64_t placeOf(std::size_t node) const;
  std::size_t ownerAt(std::int64_t place) const;
  bool shows(std::size_t node, const One& one) const;
  std::size_t lastUpTo(std::int64_t place) const;

  // How it changes.
  void setParent(std::size_t node, std::size_t parent);
  void moveChildren(std::size_t from, std::size_t to);
  void beginAt(std::size_t node, std::int64_t place);
  std::int64_t wholeUpTo(std::int64_t place, const Page& page, std::size_t first) const;
  std::size_t heirOf(std::size_t node) const;
  void handOver(std::size_t node, std::size_t heir, std::int64_t behind);

  // What that takes.
  std::vector<Edit> goTo(std::size_t target);
  Span spanOf(std::size_t fold, std::size_t target) const;
  bool isParted(std::size_t fold, std::size_t target) const;
  std::size_t standInOf(std::size_t fold) const;
  void takeBack(std::size_t target, std::vector<Edit>& edits);
  void dropFolds(std::vector<Edit>& edits);
  void hideFolds(std::size_t target);
  void openShelves(std::size_t target, std::vector<Edit>& edits);
  void fillShelves(std::size_t target, std::vector<Edit>& edits);
  void writeNotes(std::vector<Edit>& edits);

  Page active_;
  std::vector<Node> nodes_;
  std::vector<Fold> folds_;
  std::vector<One> items_;
  std::size_t activeItems_ = 0;  // they come first
  std::size_t current_ = None;
};

}  // namespace agents
