#pragma once

#include "agents/item.h"

#include <cstddef>

namespace agents {

// Leaves out the oldest items of a history, so that the rest costs at most about `most` tokens. The cut moves on in steps
// of a quarter of that and falls before a user's message: from turn to turn the model is mostly sent the same beginning,
// which its cache knows. False when nothing had to go.
bool keepNewestTokens(Items& history, std::size_t most);

}  // namespace agents
