#include "branch_tree.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "session_edit.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view FirstBranch = "main";

}  // namespace

BranchTree::BranchTree(Page active) : active_(std::move(active)) {
  for (const auto& shelf : active_.shelves) {
    if (!shelf.name.starts_with(BranchPrefix)) continue;
    Node node{shelf.name.substr(BranchPrefix.size()), branchNoteFrom(shelf.note), shelf.note};
    if (node.note.isActive && current_ == None) current_ = nodes_.size();
    node.note.isActive = false;
    nodes_.push_back(std::move(node));
  }
  if (current_ == None) {
    // A conversation that was never forked, or one that others have harmed: then the id may be another's.
    Node node{std::string(FirstBranch), {std::string(FirstBranch)}};
    while (std::any_of(nodes_.begin(), nodes_.end(), [&](const Node& one) { return one.id == node.id; })) {
      node.id += '*';
    }
    current_ = nodes_.size();
    nodes_.push_back(std::move(node));
  }
  for (auto& fold : allFoldsIn(active_)) folds_.push_back({std::move(fold)});
  addItems(active_, Home::Active, None);
  activeItems_ = items_.size();
}

std::vector<std::string> BranchTree::shelves() const {
  std::vector<std::string> names;
  for (const auto& shelf : active_.shelves) {
    if (shelf.name.starts_with(BranchPrefix) || shelf.name.starts_with(FoldPrefix)) names.push_back(shelf.name);
  }
  return names;
}

void BranchTree::add(const std::string& shelf, Page page) {
  if (shelf.starts_with(BranchPrefix)) {
    auto node = find(shelf.substr(BranchPrefix.size()));
    nodes_[node].hasItems = page.items.count > 0;
    return addItems(page, Home::Branch, node);
  }
  std::size_t fold = 0;
  while (shelf.substr(FoldPrefix.size()) != folds_[fold].fold.id) ++fold;
  folds_[fold].first = items_.size();
  addItems(page, Home::Fold, fold);
  folds_[fold].page = std::move(page);
}

void BranchTree::addItems(const Page& page, Home home, std::size_t at) {
  auto origins = "[" + page.origins + "]";
  for (auto origin : json::elements(origins)) {
    One one{json::stringMember(origin, "uid").value_or(""), placeFrom(origin), home, at};
    if (home == Home::Branch) one.owner = at;
    items_.push_back(std::move(one));
  }
}

void BranchTree::link() {
  for (auto& node : nodes_) linkNode(node);
  // Who comes back to itself would have no end.
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::size_t steps = 0;
    for (auto at = i; at != None; at = nodes_[at].parent) {
      if (++steps > nodes_.size()) nodes_[at].parent = None;
    }
  }
  for (auto& one : items_) {
    if (one.home != Home::Branch && isSeen(one)) one.owner = ownerAt(one.place);
  }
}

void BranchTree::linkNode(Node& node) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].id == node.note.parent) node.parent = i;
  }
  for (const auto& uid : node.note.after) {
    auto found = std::find_if(items_.begin(), items_.end(), [&](const One& one) { return one.uid == uid; });
    if (found == items_.end()) continue;
    node.last = static_cast<std::size_t>(found - items_.begin());
    break;
  }
  for (const auto& id : node.note.folds) {
    for (auto& fold : folds_) {
      if (fold.fold.id == id) fold.hidden = static_cast<std::size_t>(&node - nodes_.data());
    }
  }
}

// Whether the active branch shows it, or what stands for it.
bool BranchTree::isSeen(const One& one) const {
  return !one.isGone && (one.home == Home::Active || (one.home == Home::Fold && folds_[one.at].hidden == None));
}

std::size_t BranchTree::find(const std::string& id) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].id == id) return i;
  }
  throw AgentsError(ErrorCode::SessionNotFound, "The conversation has no branch of this id.");
}

Branch BranchTree::describe(std::size_t node) const {
  const auto& it = nodes_[node];
  Branch branch{it.id, it.note.name, it.parent == None ? "" : nodes_[it.parent].id, node == current_};
  for (const auto& one : items_) {
    if (one.owner == node && one.home != Home::Fold && !one.isGone) ++branch.items;
  }
  if (it.last != None) branch.forkedAfter = items_[it.last].uid;
  branch.createdAt = it.note.at;
  return branch;
}

std::vector<Branch> BranchTree::list() const {
  std::vector<Branch> all;
  for (std::size_t i = 0; i < nodes_.size(); ++i) all.push_back(describe(i));
  return all;
}

// Behind it are the branch's own items.
std::int64_t BranchTree::placeOf(std::size_t node) const {
  auto last = nodes_[node].last;
  return last == None ? 0 : items_[last].place;
}

std::size_t BranchTree::ownerAt(std::int64_t place) const {
  auto node = current_;
  while (place <= placeOf(node) && nodes_[node].parent != None) node = nodes_[node].parent;
  return node;
}

bool BranchTree::shows(std::size_t node, const One& one) const {
  auto end = std::numeric_limits<std::int64_t>::max();
  for (; node != None; node = nodes_[node].parent) {
    if (one.owner == node) return one.place <= end;
    end = std::min(end, placeOf(node));
  }
  return false;
}

// The last item that the active branch shows up to there.
std::size_t BranchTree::lastUpTo(std::int64_t place) const {
  auto last = None;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto& one = items_[i];
    if (one.place > place || !isSeen(one)) continue;
    if (last == None || one.place > items_[last].place) last = i;
  }
  return last;
}

}  // namespace agents
