#include "branch_tree.h"

#include "agents/error.h"
#include "iso_time.h"
#include "partners.h"

#include <algorithm>
#include <utility>

// What others want of a tree, and what becomes of it.
namespace agents {

namespace {

// So many of the items before a branch are remembered, and fewer and fewer of those before them.
constexpr std::size_t Landmarks = 32;

}  // namespace

std::vector<Edit> BranchTree::switchTo(const std::string& id) {
  auto target = find(id);
  return target == current_ ? std::vector<Edit>() : goTo(target);
}

std::vector<Edit> BranchTree::fork(const ForkPoint& point, const std::string& id, const std::string& name) {
  auto place = std::numeric_limits<std::int64_t>::max();
  if (point.side != ForkPoint::Side::End) {
    auto found =
        std::find_if(items_.begin(), items_.end(), [&](const One& one) { return one.uid == point.uid && isSeen(one); });
    if (found == items_.end()) {
      throw AgentsError(ErrorCode::SessionNotFound, "The active branch of the conversation has no item of this uid.");
    }
    place = found->place - (point.side == ForkPoint::Side::Before ? 1 : 0);
    auto fold = found->home == Home::Fold ? &folds_[found->at] : nullptr;
    place = wholeUpTo(place, fold ? fold->page : active_, fold ? fold->first : 0);
  }
  Node node{id, {name.empty() ? "branch " + std::to_string(nodes_.size() + 1) : name}};
  node.note.at = isoTime(nowMs());
  nodes_.push_back(std::move(node));
  beginAt(nodes_.size() - 1, place);
  return goTo(nodes_.size() - 1);
}

std::vector<Edit> BranchTree::rename(const std::string& id, const std::string& name) {
  nodes_[find(id)].note.name = name;
  return goTo(current_);
}

std::vector<Edit> BranchTree::remove(const std::string& id) {
  auto node = find(id);
  if (node == current_) {
    throw AgentsError(ErrorCode::UserError, "The active branch cannot be deleted. Switch to another one first.");
  }
  auto heir = heirOf(node);
  if (heir != None) {
    handOver(node, heir, placeOf(node));
    setParent(heir, nodes_[node].parent);
    nodes_[heir].note.after = nodes_[node].note.after;
    nodes_[heir].last = nodes_[node].last;
  }
  moveChildren(node, nodes_[node].parent);
  for (auto& one : items_) one.isGone = one.isGone || one.owner == node;
  nodes_[node].isGone = true;
  return goTo(current_);
}

std::vector<Edit> BranchTree::endBefore(const std::string& uid) {
  auto begin = items_.begin();
  auto end = begin + static_cast<std::ptrdiff_t>(activeItems_);
  auto found = std::find_if(begin, end, [&](const One& one) { return one.uid == uid; });
  if (found == end) return {};
  auto place = wholeUpTo(found->place - 1, active_, 0);
  auto start = placeOf(current_);
  auto newest = items_[activeItems_ - 1];
  if (newest.owner == current_) {
    auto heir = heirOf(current_);
    if (heir == None || placeOf(heir) < newest.place) return {};
    handOver(current_, heir, std::max(place, start));
    beginAt(heir, std::max(place, start));
  }
  if (place < start) {
    moveChildren(current_, nodes_[current_].parent);
    beginAt(current_, place);
  }
  return goTo(current_);
}

std::vector<Edit> BranchTree::removeItems(std::vector<std::string> uids) {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto last = nodes_[i].last;
    places.push_back(last != None && isSeen(items_[last]) ? placeOf(i) : 0);
  }
  for (auto& one : items_) one.isGone = std::find(uids.begin(), uids.end(), one.uid) != uids.end();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (places[i] > 0) beginAt(i, places[i]);
  }
  std::vector<Edit> edits;
  edits.push_back(edit::Remove{std::move(uids)});
  writeNotes(edits);
  return edits;
}

void BranchTree::setParent(std::size_t node, std::size_t parent) {
  nodes_[node].parent = parent;
  nodes_[node].note.parent = parent == None ? "" : nodes_[parent].id;
}

void BranchTree::moveChildren(std::size_t from, std::size_t to) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].parent == from) setParent(i, to);
  }
}

// Lets a branch share what the active one shows up to there.
void BranchTree::beginAt(std::size_t node, std::int64_t place) {
  auto last = lastUpTo(place);
  setParent(node, last == None ? None : items_[last].owner);
  nodes_[node].last = last;
  auto& after = nodes_[node].note.after;
  after.clear();
  for (; last != None && after.size() < Landmarks; last = lastUpTo(place)) {
    // What stands for others has the place of the last of them.
    for (const auto& one : items_) {
      if (one.place == items_[last].place && isSeen(one)) after.push_back(one.uid);
    }
    place = items_[last].place - 1;
  }
  std::size_t left = Landmarks;
  std::size_t step = Landmarks;
  for (auto i = activeItems_; i-- > 0;) {
    if (items_[i].isGone || items_[i].place > place || --left > 0) continue;
    after.push_back(items_[i].uid);
    left = step *= 2;
  }
}

// The last place up to there behind which no item of the page would be parted from what it needs.
std::int64_t BranchTree::wholeUpTo(std::int64_t place, const Page& page, std::size_t first) const {
  Partners partners(page);
  for (;;) {
    std::vector<bool> gone;
    for (std::size_t i = 0; i < partners.items().size(); ++i) gone.push_back(items_[first + i].place > place);
    gone = partners.with(std::move(gone));
    auto begin = static_cast<std::size_t>(std::find(gone.begin(), gone.end(), true) - gone.begin());
    if (begin == gone.size() || items_[first + begin].place > place) return place;
    place = items_[first + begin].place - 1;
  }
}

// The one of its branches that shares most of what is its own.
std::size_t BranchTree::heirOf(std::size_t node) const {
  auto heir = None;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].parent != node || placeOf(i) <= placeOf(node)) continue;
    if (heir == None || placeOf(i) > placeOf(heir)) heir = i;
  }
  return heir;
}

// Gives the items of its own behind that place to a branch that shares them, and the other branches with them.
void BranchTree::handOver(std::size_t node, std::size_t heir, std::int64_t behind) {
  for (auto& one : items_) {
    if (one.owner == node && one.place > behind && one.place <= placeOf(heir)) one.owner = heir;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i != heir && nodes_[i].parent == node && placeOf(i) > behind) setParent(i, heir);
  }
}

}  // namespace agents
