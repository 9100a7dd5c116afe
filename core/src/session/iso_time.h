#pragma once

#include <cstdint>
#include <string>

namespace agents {

// Milliseconds since 1970, UTC.
std::int64_t nowMs();

// "2026-11-22T10:00:00.000Z"
std::string isoTime(std::int64_t ms);

}  // namespace agents
