#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agents {

// So much of an item's text can be found: no more of it was written to be read.
inline constexpr std::size_t MaxSearchText = 1'000'000;

// What people would look for in an item: the text of messages, the summaries of reasoning, the names, arguments and
// text outputs of tools; never images, files or what is encrypted. Of JSON in a string, its names and values. `item` is
// compact JSON.
std::string searchText(std::string_view item);

}  // namespace agents
