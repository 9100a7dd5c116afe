#pragma once

#include "agents/sql.h"
#include "agents/stores.h"
#include "agents/task.h"

#include <memory>
#include <string>
#include <string_view>

namespace agents {

// Version 1 of the schema:
//
//   agent_sessions   Python's table, plus nullable: title, metadata, version
//   agent_messages   Python's table, plus nullable: uid, agent, run_id, turn, sdk
//   agents_wasm_agent_messages_shelf  items off the active history, by shelf
//   agents_wasm_operations            the last changes, by operation id: a change sent twice takes effect once
//   agents_wasm_meta                  the schema's version
//
// Python reads and writes the first two as if the rest were not there. Its rows have no uid.
inline constexpr int SchemaVersion = 1;

// `sql` with {sessions} and {messages} replaced by the tables' names.
std::string withNames(std::string_view sql, const SqlNames& names);

// Creates what is missing, in one transaction. Fails with SessionUnsupported on a newer version, with SessionCorrupt if
// a table of that name has other columns.
Task<> prepareSchema(std::shared_ptr<SqlDatabase> database, SqlNames names);

}  // namespace agents
