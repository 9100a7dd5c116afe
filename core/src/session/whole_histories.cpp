#include "agents/whole_histories.h"

#include <utility>

namespace agents {

bool WholeHistories::has(const std::string& conversationId, const std::string& version,
                         std::optional<std::size_t> maxItems) const {
  auto found = known_.find(conversationId);
  if (found == known_.end() || found->second.version != version) return false;
  const auto& most = found->second.maxItems;
  return !most || (maxItems && *maxItems <= *most);
}

void WholeHistories::found(const std::string& conversationId, std::string version,
                           std::optional<std::size_t> maxItems) {
  constexpr std::size_t Most = 1000;
  if (known_.size() >= Most) known_.clear();
  known_[conversationId] = {std::move(version), maxItems};
}

void WholeHistories::grew(const std::string& conversationId, std::string version) {
  auto found = known_.find(conversationId);
  if (found != known_.end()) found->second.version = std::move(version);
}

}  // namespace agents
