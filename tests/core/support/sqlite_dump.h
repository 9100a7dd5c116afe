#pragma once

#include "sqlite_database.h"

#include <string>

namespace agents::testing {

inline std::string dump(SqliteDatabase& database, const std::string& sql) {
  std::string all;
  for (auto& row : database.run(sql)) {
    for (auto& value : row) all += show(value) + "|";
    all += "\n";
  }
  return all;
}

inline std::string schemaOf(SqliteDatabase& database) {
  return dump(database, "SELECT type, name, sql FROM sqlite_master ORDER BY name");
}

// Every cell of every table.
inline std::string contentOf(SqliteDatabase& database) {
  std::string all;
  for (auto& row : database.run("SELECT name FROM sqlite_master WHERE type = 'table'")) {
    all += dump(database, "SELECT * FROM " + show(row[0]));
  }
  return all;
}

}  // namespace agents::testing
