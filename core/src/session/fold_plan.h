#pragma once

#include "../run/item_kinds.h"
#include "../run/item_scan.h"
#include "agents/compaction.h"

#include <string>
#include <vector>

namespace agents {

// The items of a page, where they lie; the page was read with Detail::Origins and outlives them.
class FoldItems {
 public:
  struct One {
    ItemMarks marks;
    Half half;
    std::string uid;
  };

  explicit FoldItems(const Page& page);
  FoldItems(const FoldItems&) = delete;
  FoldItems& operator=(const FoldItems&) = delete;

  std::size_t size() const { return all_.size(); }
  const One& operator[](std::size_t index) const { return all_[index]; }

 private:
  ItemScan scan_;
  std::vector<One> all_;
};

// Which items of a history are to be folded.
struct FoldPlan {
  enum class Due { Yes, NotDue, Nothing } due = Due::Nothing;
  // What lies before it is what the fold is about. What lies behind it is not even shown to whoever folds.
  std::size_t border = 0;
  // For each item before the border.
  std::vector<bool> folded = {};
  std::size_t count = 0;
  std::size_t tokens = 0;
};

// What is said to a model, other than by itself and its tools, stays as it was said, and so does what `pinned` names
// with all that belongs to it. No call is parted from its outputs, no reasoning from what it led to, and what waits for
// an output is left alone.
FoldPlan planFold(const FoldItems& items, const std::vector<std::string>& pinned, const CompactionSetup& setup);

// What is to be folded, and the words of users between it, as a provider takes them.
Items folding(const FoldItems& items, const FoldPlan& plan);

}  // namespace agents
