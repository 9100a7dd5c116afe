#pragma once

#include "agents/store.h"

#include <cstddef>
#include <vector>

namespace agents {

// How much a load or a save is.
struct Weight {
  std::size_t items = 0;
  std::size_t bytes = 0;

  void add(const Items& more) {
    items += more.count;
    bytes += more.text.size();
  }
};

inline Weight weightOf(const Items& items) { return {items.count, items.text.size()}; }
Weight weightOf(const std::vector<Batch>& batches);
// What the edits bring, without what is written down of the usage.
Weight weightOf(const std::vector<Edit>& edits);

}  // namespace agents
