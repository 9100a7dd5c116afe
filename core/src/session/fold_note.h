#pragma once

#include "agents/compaction.h"
#include "fold_plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace agents {

// The shelves of folds are named so, with the fold's id behind.
inline constexpr std::string_view FoldPrefix = "folded:";
// What is on this one's note is not folded. It holds no items.
inline constexpr std::string_view PinShelf = "pinned";

// All shelves of the page; it was read with all of them.
std::vector<std::string> pinnedIn(const Page& page);
std::string pinNote(const std::vector<std::string>& uids);

// The folds of a conversation, the oldest first; the page was read with all shelves.
std::vector<Compaction> allFoldsIn(const Page& page);
// Without those of other branches than the active one.
std::vector<Compaction> foldsIn(const Page& page);

// What a fold says of itself. `page` is what it found, with its shelves.
std::string foldNote(const CompactionSetup& setup, const CompactionOutcome& outcome, const FoldItems& items,
                     const Page& page);

bool standsFor(const Compaction& fold, std::string_view uid);

}  // namespace agents
