#pragma once

#include "branch_tree.h"

#include <memory>
#include <string>

namespace agents {

// The branches of a conversation, all of one state.
Task<std::unique_ptr<BranchTree>> readBranches(StoreSession* session, std::string conversationId);

}  // namespace agents
