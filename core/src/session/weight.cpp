#include "weight.h"

#include "agents/record.h"

namespace agents {

Weight weightOf(const std::vector<Batch>& batches) {
  Weight weight;
  for (const auto& batch : batches) weight.add(batch.items);
  return weight;
}

Weight weightOf(const std::vector<Edit>& edits) {
  Weight weight;
  for (const auto& edit : edits) {
    auto append = std::get_if<edit::Append>(&edit);
    if (append && append->shelf != UsageShelf) weight.add(append->batch.items);
    if (auto standIn = std::get_if<edit::StandIn>(&edit)) weight.add(standIn->batch.items);
  }
  return weight;
}

}  // namespace agents
