#pragma once

#include "agents/search.h"
#include "search_words.h"

#include <optional>
#include <string_view>
#include <vector>

namespace agents {

// About 80 characters of a text around the first thing that was found, in one line, if the text has all of the terms.
std::optional<Snippet> findIn(std::string_view text, const std::vector<SearchTerm>& terms);

}  // namespace agents
