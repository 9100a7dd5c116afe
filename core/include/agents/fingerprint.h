#pragma once

#include "agents/store.h"

#include <string>

namespace agents {

// Tells the repetition of a change from another change under the same operation id.
std::string fingerprintOf(const std::string& conversationId, const Change& change);

}  // namespace agents
