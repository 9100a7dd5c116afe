#pragma once

#include "agents/session.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// What is wrong with a stored history, as providers and this package see it.
struct Finding {
  enum class Kind {
    OrphanCall,                // a call without an output behind it
    OrphanOutput,              // an output without a call before it
    Duplicate,                 // an item, a call or an output that is there already
    ReasoningWithoutFollower,  // a provider refuses it
    Undecodable,               // rows that are no items; they have no uids
  };

  Kind kind;
  std::vector<std::string> uids;
  std::string message;  // a sentence without anything of the conversation
  bool repaired = false;
};

std::string_view kindName(Finding::Kind kind);

struct DoctorReport {
  std::string conversationId;
  std::size_t items = 0;  // of the history, before a repair
  std::vector<Finding> findings;
  // Where a repair put what it moved, or empty.
  std::string shelf;
};

enum class Repair { No, Yes };

// Looks through a whole history, and mends it when asked to, in one change: what is broken moves to a shelf with all
// that would be broken without it, and calls at the very end are answered "aborted". Nothing is dropped, and a second
// look finds nothing. A repair fails with ConversationBusy while a run has the conversation, since its calls may still
// be answered.
Task<DoctorReport> examine(std::shared_ptr<StoreSession> session, std::string conversationId, Repair repair);

}  // namespace agents
