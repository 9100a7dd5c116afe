#pragma once

#include "agents/sql.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace agents {

inline std::int64_t integerAt(const SqlRow& row, std::size_t column) {
  auto value = std::get_if<std::int64_t>(&row[column]);
  return value ? *value : 0;
}

inline std::size_t sizeAt(const SqlRow& row, std::size_t column) {
  return static_cast<std::size_t>(integerAt(row, column));
}

inline bool isNullAt(const SqlRow& row, std::size_t column) {
  return std::holds_alternative<std::nullptr_t>(row[column]);
}

// Text and bytes alike; NULL is empty. Takes it out of the row.
inline std::string textAt(SqlRow& row, std::size_t column) {
  if (auto blob = std::get_if<Blob>(&row[column])) return std::move(blob->bytes);
  if (auto text = std::get_if<std::string>(&row[column])) return std::move(*text);
  return {};
}

}  // namespace agents
