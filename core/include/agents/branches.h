#pragma once

#include "agents/session.h"
#include "agents/task.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// A conversation can go on in several ways. What its branches share is stored once; the active history is that of one
// of them, and all that reads or writes a history knows nothing of the others.
namespace agents {

struct Branch {
  std::string id;
  std::string name;
  // The branch that it began on; empty for one that shares nothing.
  std::string parent = {};
  bool isActive = false;
  std::size_t items = 0;  // of its own, behind where it began
  // The last item that it shares with its parent, or empty.
  std::string forkedAfter = {};
  std::string createdAt = {};  // ISO 8601, UTC; empty for the first one
};

// Where a branch begins on the active one: next to the item, or behind all of them.
struct ForkPoint {
  enum class Side { Before, After, End } side = Side::End;
  std::string uid = {};
};

// The branches of a conversation: of one that was never forked the one that it is.
Task<std::vector<Branch>> branchesOf(std::shared_ptr<StoreSession> session, std::string conversationId);

// Begins a branch and makes it the active one. Where it would part a call from its output, or reasoning from what it
// led to, it begins before them. Compactions that it begins within are taken back. Fails with SessionNotFound where the
// active branch has no such item, and as `switchBranch`. Without a name it gets one.
Task<Branch> forkBranch(std::shared_ptr<StoreSession> session, std::string conversationId, ForkPoint point,
                        std::string name);

// Makes a branch the active one, in one change. Runs at rest are settled before, as by a newer run. Fails with
// SessionNotFound without such a branch, and with ConversationBusy while a run has the conversation or awaits an
// approval.
Task<> switchBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId);

// Removes a branch with all that no other one shares. Fails with UserError if it is the active one.
Task<> deleteBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId);

Task<> renameBranch(std::shared_ptr<StoreSession> session, std::string conversationId, std::string branchId,
                    std::string name);

}  // namespace agents
