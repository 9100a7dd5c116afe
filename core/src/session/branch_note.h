#pragma once

#include "agents/store.h"

#include <string>
#include <string_view>
#include <vector>

namespace agents {

// The shelves of branches are named so, with the branch's id behind. What is a branch's own lies there while it is not
// the active one.
inline constexpr std::string_view BranchPrefix = "branch:";

struct BranchNote {
  std::string name;
  // The id of the branch that it began on; empty for one that shares nothing.
  std::string parent = {};
  // Items before the place where it begins, the nearest first: the place is found even if some of them are gone.
  std::vector<std::string> after = {};
  bool isActive = false;
  std::string at = {};  // when it began; ISO 8601, UTC
  // The compactions whose stand-ins lie on its shelf.
  std::vector<std::string> folds = {};
};

std::string noteText(const BranchNote& note);
BranchNote branchNoteFrom(std::string_view note);

// Whether a branch of the page shares the item of that uid, the page having been read with BranchPrefix: true for the
// last item that it shares and for some before.
bool sharesUpTo(const Page& page, const std::string& uid);

}  // namespace agents
