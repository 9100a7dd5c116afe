#include "cursor.h"

#include "agents/error.h"

#include <charconv>

namespace agents {

std::int64_t positionOf(const std::string& cursor) {
  std::int64_t position = 0;
  auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), position);
  if (error != std::errc() || end != cursor.data() + cursor.size()) {
    throw AgentsError(ErrorCode::InvalidArgument, "The cursor is not one that a page of this session gave.");
  }
  return position;
}

}  // namespace agents
