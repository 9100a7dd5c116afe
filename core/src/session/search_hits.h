#pragma once

#include "agents/search.h"
#include "search_words.h"

#include <optional>
#include <string_view>
#include <vector>

namespace agents {

// Whether a search looks at the items of a shelf: what was folded, and other branches.
bool isSearched(std::string_view shelf);

// What an item is found by, without what only the store knows of it: its conversation, shelf, uid and time.
std::optional<SearchHit> hitIn(std::string_view item, const std::vector<SearchTerm>& terms);

}  // namespace agents
