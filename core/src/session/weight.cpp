#include "weight.h"

namespace agents {

Weight weightOf(const std::vector<Batch>& batches) {
  Weight weight;
  for (const auto& batch : batches) weight.add(batch.items);
  return weight;
}

Weight weightOf(const std::vector<Edit>& edits) {
  Weight weight;
  for (const auto& edit : edits) {
    if (auto append = std::get_if<edit::Append>(&edit)) weight.add(append->batch.items);
    if (auto standIn = std::get_if<edit::StandIn>(&edit)) weight.add(standIn->batch.items);
  }
  return weight;
}

}  // namespace agents
