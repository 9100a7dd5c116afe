#pragma once

#include <cstdint>
#include <string>

namespace agents {

// The position that a page's cursor stands for. Fails with InvalidArgument if it is none.
std::int64_t positionOf(const std::string& cursor);

}  // namespace agents
