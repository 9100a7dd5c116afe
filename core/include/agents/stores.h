#pragma once

#include "agents/sql.h"
#include "agents/store.h"

#include <memory>
#include <string>

namespace agents {

// Conversations that live as long as the object.
std::unique_ptr<Store> makeMemoryStore();

// The two tables that the Python SDK has as well; files are shared with it.
struct SqlNames {
  std::string sessions = "agent_sessions";
  std::string messages = "agent_messages";
};

// Conversations in a SQL database, in the tables of the Python SDK and a few more (`schema.h`). The database is set
// up, or brought up to date, at the first use. Names must be valid (`isTableName`).
std::unique_ptr<Store> makeSqlStore(std::shared_ptr<SqlDatabase> database, SqlNames names);

// A letter or underscore, then letters, digits and underscores, 63 at most, so that it needs no quoting; and not one of
// SQLite's or of our own.
bool isTableName(std::string_view name);

}  // namespace agents
