#include "branch_tree.h"

#include <algorithm>
#include <utility>

// What it takes to show another branch, or the same one after its tree was changed.
namespace agents {

namespace {

std::string shelfOf(const std::string& branch) { return std::string(BranchPrefix) + branch; }
std::string shelfOf(const Compaction& fold) { return std::string(FoldPrefix) + fold.id; }

}  // namespace

std::vector<Edit> BranchTree::goTo(std::size_t target) {
  std::vector<Edit> edits;
  takeBack(target, edits);
  dropFolds(edits);
  openShelves(target, edits);
  fillShelves(target, edits);
  hideFolds(target);
  current_ = target;
  writeNotes(edits);
  return edits;
}

std::size_t BranchTree::standInOf(std::size_t fold) const {
  auto found =
      std::find_if(items_.begin(), items_.end(), [&](const One& one) { return standsFor(folds_[fold].fold, one.uid); });
  return found == items_.end() ? None : static_cast<std::size_t>(found - items_.begin());
}

BranchTree::Span BranchTree::spanOf(std::size_t fold, std::size_t target) const {
  Span span;
  auto include = [&](const Span& other) {
    span = {std::min(span.first, other.first), std::max(span.last, other.last), span.isShown || other.isShown,
            span.isLacking || other.isLacking};
  };
  for (const auto& one : items_) {
    if (one.home != Home::Fold || one.at != fold) continue;
    bool shown = shows(target, one);
    include({one.place, one.place, shown, !shown});
  }
  // Folds within this one are older.
  for (std::size_t inner = 0; inner < fold; ++inner) {
    auto standIn = standInOf(inner);
    if (standIn != None && items_[standIn].home == Home::Fold && items_[standIn].at == fold) {
      include(spanOf(inner, target));
    }
  }
  return span;
}

// Whether its stand-in can neither be shown nor be put away: a branch begins within it.
bool BranchTree::isParted(std::size_t fold, std::size_t target) const {
  auto span = spanOf(fold, target);
  if (!span.isLacking || span.isShown) return span.isLacking;
  return std::any_of(nodes_.begin(), nodes_.end(), [&](const Node& node) {
    if (node.last == None || !isSeen(items_[node.last])) return false;
    auto place = items_[node.last].place;
    return span.first <= place && place < span.last;
  });
}

void BranchTree::takeBack(std::size_t target, std::vector<Edit>& edits) {
  for (auto i = folds_.size(); i-- > 0;) {
    auto standIn = standInOf(i);
    if (standIn == None || items_[standIn].home != Home::Active || !isParted(i, target)) continue;
    edits.push_back(edit::Remove{{items_[standIn].uid}});
    edits.push_back(edit::Restore{shelfOf(folds_[i].fold), true});
    folds_[i].isGone = true;
    items_[standIn].isGone = true;
    for (auto& one : items_) {
      if (one.home != Home::Fold || one.at != i) continue;
      one.home = Home::Active;
      one.at = None;
    }
  }
}

// What stood for something goes with a branch that is removed, and what it stood for with it.
void BranchTree::dropFolds(std::vector<Edit>& edits) {
  for (auto i = folds_.size(); i-- > 0;) {
    auto standIn = standInOf(i);
    if (folds_[i].isGone || standIn == None || !items_[standIn].isGone) continue;
    edits.push_back(edit::Discard{shelfOf(folds_[i].fold)});
    folds_[i].isGone = true;
    for (auto& one : items_) one.isGone = one.isGone || (one.home == Home::Fold && one.at == i);
  }
}

// A shelf that gives something, or gets something behind what it has, is emptied: its items keep their order.
void BranchTree::openShelves(std::size_t target, std::vector<Edit>& edits) {
  for (const auto& one : items_) {
    if (one.home == Home::Fold || one.isGone) continue;
    auto wanted = shows(target, one) ? None : one.owner;
    if (wanted == one.at) continue;
    for (auto node : {wanted, one.at}) {
      if (node != None) nodes_[node].isOpen = nodes_[node].hasItems;
    }
  }
  for (const auto& node : nodes_) {
    if (node.isOpen) {
      edits.push_back(edit::Restore{shelfOf(node.id), true});
    } else if (node.isGone) {
      edits.push_back(edit::Discard{shelfOf(node.id)});
    }
  }
}

void BranchTree::fillShelves(std::size_t target, std::vector<Edit>& edits) {
  auto isLoose = [&](const One& one) {
    return one.home == Home::Active ? !one.isGone : one.home == Home::Branch && nodes_[one.at].isOpen;
  };
  edit::Remove remove;
  for (const auto& one : items_) {
    if (one.isGone && isLoose(one)) remove.uids.push_back(one.uid);
  }
  if (!remove.uids.empty()) edits.push_back(std::move(remove));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    edit::Shelve shelve{{}, shelfOf(nodes_[i].id)};
    for (const auto& one : items_) {
      if (one.owner == i && !one.isGone && isLoose(one) && !shows(target, one)) shelve.uids.push_back(one.uid);
    }
    if (!shelve.uids.empty()) edits.push_back(std::move(shelve));
  }
}

// A fold within another one is hidden with it.
void BranchTree::hideFolds(std::size_t target) {
  for (auto& node : nodes_) node.note.folds.clear();
  for (auto i = folds_.size(); i-- > 0;) {
    auto& fold = folds_[i];
    auto at = standInOf(i);
    if (fold.isGone) continue;
    if (at != None && items_[at].home == Home::Fold) {
      fold.hidden = folds_[items_[at].at].hidden;
    } else if (at != None) {
      fold.hidden = shows(target, items_[at]) ? None : items_[at].owner;
    }
    if (fold.hidden != None) nodes_[fold.hidden].note.folds.push_back(fold.fold.id);
  }
}

void BranchTree::writeNotes(std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& node = nodes_[i];
    if (node.isGone) continue;
    node.note.isActive = i == current_;
    auto text = noteText(node.note);
    if (node.isOpen || text != node.stored) edits.push_back(edit::Note{shelfOf(node.id), std::move(text)});
  }
}

}  // namespace agents
