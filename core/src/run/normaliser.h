#pragma once

#include "agents/item.h"
#include "item_kinds.h"
#include "item_scan.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

std::string withoutId(std::string_view item);

// Works on a list of items in the steps that `normalised` is made of, each of which leaves some out. Only damaged
// histories come here, and input that may belong to them.
class Normaliser {
 public:
  Normaliser(const Items& items, const std::vector<bool>& isHistory);
  void dropPrograms();
  void dropOutputs();
  void dropCalls();
  // Reasoning stays where something of what it led to is left.
  void dropReasoning();
  void dropDuplicates();
  Items kept(const Items& items) const;

 private:
  struct Entry {
    ItemMarks marks;
    Half half;
    bool isHistory = false;
    bool isGone = false;

    bool isReasoning() const { return marks.type == "reasoning"; }
    bool isCallOfHistory() const { return isHistory && !isGone && half.isCall(); }
  };

  ItemScan scan_;
  std::vector<Entry> entries_;
  bool isChanged_ = false;
  // Items that are sent in another form than they are stored.
  std::deque<std::string> own_;
};

}  // namespace agents
