#include "agents/json_ends.h"

#include <cstddef>
#include <cstring>

namespace agents::json {

namespace {

const char* endOfNested(const char* at, const char* end) {
  std::size_t depth = 0;
  while (at && at != end) {
    switch (*at) {
      case '"':
        at = endOfString(at, end);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return nullptr;
}

}  // namespace

// Looks for quotes by words rather than by characters: nearly all of a history is inside strings.
const char* endOfString(const char* at, const char* end) {
  for (++at;; ++at) {
    at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
    if (!at) return nullptr;
    auto slash = at;
    while (slash[-1] == '\\') --slash;
    if ((at - slash) % 2 == 0) return at + 1;
  }
}

const char* endOfValue(const char* at, const char* end) {
  if (*at == '"') return endOfString(at, end);
  if (*at == '{' || *at == '[') return endOfNested(at, end);
  while (at != end && *at != ',' && *at != '}' && *at != ']') ++at;
  return at;
}

}  // namespace agents::json
