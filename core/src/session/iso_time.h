#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agents {

// Milliseconds since 1970, UTC.
std::int64_t nowMs();

// "2026-11-22T10:00:00.000Z"
std::string isoTime(std::int64_t ms);

// The time that such a text stands for; nothing for any other text.
std::optional<std::int64_t> timeFrom(std::string_view iso);

}  // namespace agents
