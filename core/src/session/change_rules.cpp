#include "agents/change_rules.h"

#include "agents/error.h"
#include "iso_time.h"

#include <algorithm>

namespace agents {

namespace {

// The shelf that an edit needs by name; nothing for edits that need none.
const std::string* neededShelf(const Edit& edit) {
  return std::visit(
      []<typename Kind>(const Kind& one) -> const std::string* {
        if constexpr (std::is_same_v<Kind, edit::Append> || std::is_same_v<Kind, edit::Replace>) {
          return nullptr;
        } else if constexpr (requires { one.shelf; }) {
          return &one.shelf;
        } else {
          return nullptr;
        }
      },
      edit);
}

void checkBatch(const Batch& batch) {
  if (batch.kept.empty()) return;
  if (batch.kept.size() != batch.items.count) {
    throw AgentsError(ErrorCode::InvalidArgument, "kept must have one uid and one time for each item.");
  }
  for (const auto& [uid, at] : batch.kept) {
    if (uid.empty()) throw AgentsError(ErrorCode::InvalidArgument, "A uid that an item keeps must not be empty.");
    if (timeFrom(at)) continue;
    throw AgentsError(ErrorCode::InvalidArgument,
                      "A time that an item keeps must be in UTC with milliseconds, as ISO 8601 writes it.");
  }
}

}  // namespace

bool isChange(const Edit& edit) {
  if (auto append = std::get_if<edit::Append>(&edit)) return append->batch.items.count > 0;
  return !std::holds_alternative<edit::Hold>(edit) && !std::holds_alternative<edit::Release>(edit);
}

bool needsLease(const Change& change) {
  return change.heldBy || std::any_of(change.edits.begin(), change.edits.end(),
                                      [](const Edit& edit) { return std::holds_alternative<edit::Hold>(edit); });
}

void checkChange(const Change& change) {
  for (const auto& edit : change.edits) {
    if (auto shelf = neededShelf(edit); shelf && shelf->empty()) {
      throw AgentsError(ErrorCode::InvalidArgument,
                        "An edit of a shelf needs the shelf's name; the empty one is the active history.");
    }
    if (std::holds_alternative<edit::Delete>(edit) && change.edits.size() > 1) {
      throw AgentsError(ErrorCode::InvalidArgument, "A conversation is deleted by a change that does nothing else.");
    }
    if (auto append = std::get_if<edit::Append>(&edit)) checkBatch(append->batch);
    if (auto standIn = std::get_if<edit::StandIn>(&edit); standIn && standIn->batch.items.count != 1) {
      throw AgentsError(ErrorCode::InvalidArgument, "One item stands in for those of a shelf.");
    }
    if (auto standIn = std::get_if<edit::StandIn>(&edit)) checkBatch(standIn->batch);
  }
  if (change.opId.empty() && std::any_of(change.edits.begin(), change.edits.end(), isChange)) {
    throw AgentsError(ErrorCode::InvalidArgument,
                      "A change that does more than hold or release a lease needs an operation id.");
  }
}

}  // namespace agents
