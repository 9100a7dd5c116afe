#pragma once

#include "agents/session.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// The newest items of a history with their origins; all of them without a number. `shelves` as in ReadQuery.
Task<Page> readTail(StoreSession* session, std::string conversationId, std::optional<std::size_t> newest,
                    std::optional<std::string> shelves = std::nullopt);

// What an item's origin says of its place, which orders all items of a conversation; 0 where it never had one.
std::int64_t placeFrom(std::string_view origin);

// One change that depends on what it finds: read, plan, apply, and all of it again when another change came in between.
// However often, it takes effect once.
class PlannedChange {
 public:
  PlannedChange(StoreSession* session, std::string conversationId);

  // Applies what was planned on that version. False when the conversation has another one meanwhile.
  Task<bool> apply(std::string version, std::vector<Edit> edits);

  const std::string& opId() const { return opId_; }

 private:
  StoreSession* session_;
  std::string conversationId_;
  std::string opId_;
  std::string refused_;
};

}  // namespace agents
