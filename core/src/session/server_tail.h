#pragma once

#include "agents/conversations.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// What the newest items of a server's conversation, oldest first, say about items that it may or may not have got.
namespace agents {

ItemTexts textsOf(const Items& items);
Items itemsOf(const ItemTexts& texts);

// Empty when there is none.
std::string idOf(std::string_view item);
std::string lastIdOf(const ItemTexts& items);

// Behind the item of that id, or nothing when it is not there.
std::optional<std::size_t> behind(const ItemTexts& tail, const std::string& id);

// Behind the place where all of `wanted` stands in a row, at or behind `from`: the newest such place. The server may
// have put ids and defaults into items: outputs are known by their calls, messages by what they say.
std::optional<std::size_t> placeOf(const ItemTexts& tail, std::size_t from, const ItemTexts& wanted);

// The outputs of the calls that have none, from `known` or else "aborted".
ItemTexts missingOutputs(const ItemTexts& tail, const std::vector<Batch>& known);

// From that place on what a model said, up to the first item that is somebody else's.
ItemTexts saidFrom(const ItemTexts& tail, std::size_t from);

}  // namespace agents
