#pragma once

#include "agents/error.h"
#include "agents/sql.h"
#include "agents/stores.h"
#include "agents/task.h"
#include "sql_text.h"

#include <memory>
#include <string>
#include <string_view>

namespace agents {

// Version 4 of the schema:
//
//   agent_sessions   Python's table, plus nullable: title, metadata, version, life
//   agent_messages   Python's table, plus nullable: uid, agent, run_id, turn, sdk
//   agents_wasm_agent_messages_shelf    items off the active history, by shelf; `place` is the id that an item had
//                                       there, which is nobody else's until it comes back or another stands in
//   agents_wasm_agent_messages_shelves  the shelves, with their notes
//   agents_wasm_agent_messages_leases   who may run a conversation, and until when
//   agents_wasm_operations              the last changes, by operation id: a change sent twice takes effect once
//   agents_wasm_meta                    the schema's version
//
// Python reads and writes the first two as if the rest were not there. Its rows have no uid. When it clears a
// conversation it knows nothing of our tables, so that shelves and leases belong to a life of the conversation: a
// number that is drawn when we first touch its row, and goes with the row. What has another number is over.
//
// Version 1 had no lives, no notes and no leases: every item on a shelf counted. Version 2 had no places, version 3
// no index of them.
inline constexpr int SchemaVersion = 4;

struct Schema {
  // The version of a newer file, which can only be read, or 0.
  int newer = 0;
  Branches branches = Branches::None;
};

// Creates what is missing, in one transaction, if the file is not a newer one. Fails with SessionUnsupported on a newer
// one that lacks something of what is read, with SessionCorrupt if a table of one of our names has other columns.
Task<Schema> prepareSchema(std::shared_ptr<SqlDatabase> database, SqlNames names);

// What cannot be done with a file of a newer version, as the end of "this agents-wasm …".
AgentsError newerSchema(int version, std::string_view consequence);

}  // namespace agents
