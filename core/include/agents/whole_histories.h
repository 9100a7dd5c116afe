#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

namespace agents {

// Of which conversations the history is known to be as a provider takes it, so that it is looked through once and not
// in every run. A version stands for a state of the conversation, whoever made it, so that what others change shows.
class WholeHistories {
 public:
  // Whether the newest `maxItems` items of this version are whole; all of them without `maxItems`.
  bool has(const std::string& conversationId, const std::string& version, std::optional<std::size_t> maxItems) const;

  void found(const std::string& conversationId, std::string version, std::optional<std::size_t> maxItems);

  // A run has added its turns, which are whole, and now the conversation has this version. Nothing is known if somebody
  // else of this instance changed it meanwhile.
  void grew(const std::string& conversationId, std::string version);

  void forget(const std::string& conversationId) { known_.erase(conversationId); }

 private:
  struct Known {
    std::string version;
    std::optional<std::size_t> maxItems;
  };
  std::unordered_map<std::string, Known> known_;
};

}  // namespace agents
