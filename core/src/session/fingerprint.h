#pragma once

#include <string>

#include "agents/store.h"

namespace agents {

// Tells the repetition of a change from another change under the same operation id.
std::string fingerprintOf(const std::string& conversationId, const Change& change);

}  // namespace agents
