#pragma once

#include "agents/compaction.h"

#include <cstddef>
#include <string>

namespace agents {

// What stands for folded items.
struct StandIn {
  std::string item;
  Usage usage;
  std::size_t tokens = 0;  // as the server counted them, or else an estimate
};

// Asks the API to compact the items, or a model to sum them up. `setup` outlives the call. `lost` of the items' words
// of users, the first ones, are not shown to a model any more.
Task<StandIn> askToFold(const CompactionSetup* setup, Items items, std::size_t lost);

}  // namespace agents
