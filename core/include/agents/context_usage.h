#pragma once

#include "agents/session.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace agents {

// How much a conversation would fill of a model's context.
struct ContextUsage {
  struct Amount {
    std::size_t items = 0;
    std::size_t tokens = 0;  // about
  };
  Amount all;
  // What the next run would send of it, under the limits.
  Amount sent;
};

Task<ContextUsage> contextUsage(std::shared_ptr<StoreSession> session, std::string conversationId,
                                std::optional<std::size_t> maxItems, std::optional<std::size_t> maxTokens);

}  // namespace agents
