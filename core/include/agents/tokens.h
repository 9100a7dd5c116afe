#pragma once

#include "agents/item.h"

#include <cstddef>
#include <string_view>

namespace agents {

// About how many tokens an item costs a model that reads it, by the kinds of its characters: within a tenth of what
// there are, for texts of some length. Nobody but the server counts exactly. An image counts as one of a usual size,
// whatever its data weighs. `item` is compact JSON.
std::size_t estimateTokens(std::string_view item);
std::size_t estimateTokens(const Items& items);

// Leaves out the oldest items of a history, so that the rest costs at most about `most` tokens. The cut moves on in
// steps of a quarter of that and falls before a user's message: from turn to turn the model is mostly sent the same
// beginning, which its cache knows. False when nothing had to go.
bool keepNewestTokens(Items& history, std::size_t most);

}  // namespace agents
