#pragma once

#include "agents/item.h"

#include <cstdint>
#include <string>

namespace agents {

// What a store knows of an item beside its text.
struct Provenance {
  const std::string& uid;
  const Origin& origin;
  std::string at;          // ISO 8601, UTC
  const std::string& sdk;  // JSON, or empty
  std::int64_t place;      // 0 without one
};

// Adds it to the elements of a JSON array, as `Page::origins` has them.
void appendOrigin(std::string& elements, const Provenance& provenance);

}  // namespace agents
