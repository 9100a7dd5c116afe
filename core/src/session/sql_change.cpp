#include "sql_change.h"

#include "schema.h"
#include "sql_edits.h"
#include "sql_statements.h"

#include <cstdint>
#include <utility>

namespace agents {

namespace {

// How many operations are remembered; a change that was sent long before is not sent again.
constexpr std::int64_t KeptOperations = 1000;

// Whom another one's lease stands in the way.
std::vector<std::string> waitingHolders(const Change& change) {
  std::vector<std::string> holders;
  for (const auto& edit : change.edits) {
    auto hold = std::get_if<edit::Hold>(&edit);
    if (hold && !hold->force) holders.push_back(hold->holder);
  }
  return holders;
}

// The change's preconditions as one expression over ?4, ?5 and ?6; empty without any.
std::string preconditions(const Change& change, std::vector<SqlValue>& params) {
  std::string all;
  auto need = [&](std::string_view condition) { (all += all.empty() ? "" : " AND ") += condition; };
  params.resize(4, nullptr);
  if (change.expectVersion) {
    need("{version} = ?4");
    params[1] = *change.expectVersion;
  }
  if (change.heldBy) {
    need("EXISTS (SELECT 1 FROM {leases} WHERE session_id = ?1 AND life = {life} AND holder = ?5)");
    params[2] = *change.heldBy;
  }
  if (auto holders = waitingHolders(change); !holders.empty()) {
    need(
        "NOT EXISTS (SELECT 1 FROM {leases}, json_each(?6) WHERE session_id = ?1 AND life = {life} AND holder <> value "
        "AND {msLeft} > 0)");
    params[3] = quotedList(holders);
  }
  return all;
}

// Another process may have brought the file to a newer version since it was opened.
std::string knownSchema() {
  return "NOT EXISTS (SELECT 1 FROM agents_wasm_meta WHERE key = 'schema' AND value + 0 > " +
         std::to_string(SchemaVersion) + ")";
}

// The CHECK on `holds` is what refuses. Without an operation id nothing is stored, so that a row only appears, to be
// refused, where the preconditions do not hold.
void begin(SqlStatements& statements, const Change& change, const std::string& fingerprint) {
  std::vector<SqlValue> params{fingerprint};
  auto conditions = preconditions(change, params);
  if (change.opId.empty() && conditions.empty()) return;
  std::string insert = "INSERT INTO agents_wasm_operations (op_id, session_id, fingerprint, holds) SELECT ?2, ?1, ?3, ";
  if (change.opId.empty()) {
    insert += "0 WHERE NOT (" + conditions + ")";
  } else {
    insert += knownSchema() + (conditions.empty() ? "" : " AND " + conditions);
  }
  statements.add(insert, std::move(params));
}

void finish(SqlStatements& statements, const Change& change) {
  if (change.opId.empty()) return statements.add("SELECT {version}");
  statements.add("DELETE FROM agents_wasm_operations WHERE seq <= (SELECT MAX(seq) FROM agents_wasm_operations) - ?3",
                 {KeptOperations});
  statements.add("UPDATE agents_wasm_operations SET version = {version} WHERE op_id = ?2 RETURNING version");
}

}  // namespace

std::vector<SqlStatement> changeStatements(const std::string& conversationId, const Change& change,
                                           const std::string& fingerprint, SqlText& text) {
  SqlStatements statements(conversationId, change.opId, text);
  begin(statements, change, fingerprint);
  SqlEdits edits(statements);
  for (const auto& edit : change.edits) std::visit(edits, edit);
  edits.finish();
  finish(statements, change);
  return statements.take();
}

}  // namespace agents
