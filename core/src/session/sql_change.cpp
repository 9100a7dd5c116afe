#include "sql_change.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "schema.h"

#include <cstdint>
#include <utility>

namespace agents {

namespace {

// Changes whenever anyone changes the conversation: `version` with every change of ours, and the newest row's id, which
// is never used twice, with every change of Python's.
constexpr std::string_view VersionOf =
    "COALESCE((SELECT version FROM {sessions} WHERE session_id = ?1), 0) || '.' || "
    "COALESCE((SELECT MAX(id) FROM {messages} WHERE session_id = ?1), 0)";

constexpr std::string_view Now = "strftime('%Y-%m-%d %H:%M:%f', 'now')";

// How many operations are remembered; a change that was sent long before is not sent again.
constexpr std::int64_t KeptOperations = 1000;

class Statements {
 public:
  Statements(const std::string& conversationId, const std::string& opId, const SqlNames& names)
      : conversationId_(conversationId), opId_(opId), names_(names) {}

  // ?1 is the conversation, ?2 the operation, then what `more` has.
  void add(std::string_view sql, std::vector<SqlValue> more = {}) {
    std::vector<SqlValue> params{conversationId_, opId_};
    for (auto& value : more) params.push_back(std::move(value));
    // SQLite refuses a parameter that no place asks for.
    if (params.size() == 2 && sql.find("?2") == std::string_view::npos) params.pop_back();
    batch_.push_back({withNames(sql, names_), std::move(params)});
  }

  std::vector<SqlStatement> take() { return std::move(batch_); }

 private:
  const std::string& conversationId_;
  const std::string& opId_;
  const SqlNames& names_;
  std::vector<SqlStatement> batch_;
};

void begin(Statements& statements, const Change& change, const std::string& fingerprint) {
  std::string insert =
      "INSERT INTO agents_wasm_operations (op_id, session_id, fingerprint, holds) SELECT ?2, ?1, ?3, 1";
  std::vector<SqlValue> params{fingerprint};
  if (change.expectVersion) {
    insert += " AND " + std::string(VersionOf) + " = ?4";
    params.emplace_back(*change.expectVersion);
  }
  statements.add(insert, std::move(params));
}

// Makes the conversation if it is not there, and marks it changed.
void touch(Statements& statements) {
  statements.add(
      "INSERT INTO {sessions} (session_id, created_at, updated_at, version) SELECT ?1, " + std::string(Now) + ", " +
      std::string(Now) +
      ", seq FROM agents_wasm_operations WHERE op_id = ?2 ON CONFLICT (session_id) DO UPDATE SET updated_at = "
      "excluded.updated_at, version = excluded.version");
}

// As `touch`, but makes nothing.
void touchIfThere(Statements& statements) {
  statements.add("UPDATE {sessions} SET updated_at = " + std::string(Now) +
                 ", version = (SELECT seq FROM agents_wasm_operations WHERE op_id = ?2) WHERE session_id = ?1");
}

SqlValue orNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

class Writer {
 public:
  explicit Writer(Statements& statements) : statements_(statements) {}

  void operator()(edit::Append& append) {
    auto& batch = append.batch;
    if (batch.items.count == 0) return;
    touch(statements_);
    auto table = append.shelf.empty() ? std::string("{messages}") : std::string("agents_wasm_{messages}_shelf");
    auto insert = "INSERT INTO " + table + " (session_id, message_data, created_at, uid, agent, run_id, turn, sdk" +
                  (append.shelf.empty() ? "" : ", shelf") + ") SELECT ?1, value, " + std::string(Now) +
                  ", ?2 || '.' || ?4 || '.' || key, ?5, ?6, ?7, NULL" + (append.shelf.empty() ? "" : ", ?8") +
                  " FROM json_each(CAST(?3 AS TEXT))";
    SqlValue turn = nullptr;
    if (batch.origin.turn) turn = static_cast<std::int64_t>(*batch.origin.turn);
    std::vector<SqlValue> params{Blob{"[" + batch.items.text.text() + "]"}, appended_++, orNull(batch.origin.agent),
                                 orNull(batch.origin.runId), turn};
    if (!append.shelf.empty()) params.emplace_back(append.shelf);
    statements_.add(insert, std::move(params));
  }

  void operator()(edit::Pop&) {
    touchIfThere(statements_);
    // Kept with the operation, so that a pop which is sent twice gives the same item.
    auto newest = "(SELECT MAX(id) FROM {messages} WHERE session_id = ?1 AND " + std::string(IsItem) + ")";
    statements_.add("UPDATE agents_wasm_operations SET result = (SELECT " + std::string(ItemText) +
                    " FROM {messages} WHERE id = " + newest + ") WHERE op_id = ?2");
    statements_.add("DELETE FROM {messages} WHERE id = " + newest);
  }

  void operator()(edit::Remove&) { notYet(); }
  void operator()(edit::Replace&) { notYet(); }
  void operator()(edit::SetAside&) { notYet(); }
  void operator()(edit::Note&) { notYet(); }
  void operator()(edit::Hold&) { notYet(); }
  void operator()(edit::Release&) { notYet(); }

  void operator()(edit::Shelve& shelve) {
    touchIfThere(statements_);
    std::string uids = "[";
    for (const auto& uid : shelve.uids) uids += (uids.size() > 1 ? "," : "") + json::quote(uid);
    uids += ']';
    constexpr std::string_view Chosen =
        " FROM {messages} WHERE session_id = ?1 AND COALESCE(uid, 'row-' || id) IN (SELECT value FROM json_each(?3))";
    statements_.add(
        "INSERT INTO agents_wasm_{messages}_shelf (session_id, shelf, message_data, created_at, uid, agent, run_id, "
        "turn, sdk) SELECT session_id, ?4, " +
            std::string(ItemText) + ", created_at, COALESCE(uid, 'row-' || id), agent, run_id, turn, sdk" +
            std::string(Chosen) + " ORDER BY id",
        {uids, shelve.shelf});
    statements_.add("DELETE" + std::string(Chosen), {uids});
  }

  void operator()(edit::Restore& restore) {
    touchIfThere(statements_);
    // Python's `clear` removes the conversation and knows nothing of shelves.
    statements_.add(
        "INSERT INTO {sessions} (session_id) SELECT ?1 WHERE EXISTS (SELECT 1 FROM "
        "agents_wasm_{messages}_shelf WHERE session_id = ?1 AND shelf = ?3) ON CONFLICT (session_id) DO "
        "NOTHING",
        {restore.shelf});
    statements_.add(
        "INSERT INTO {messages} (session_id, message_data, created_at, uid, agent, run_id, turn, sdk) SELECT "
        "session_id, message_data, created_at, uid, agent, run_id, turn, sdk FROM agents_wasm_{messages}_shelf WHERE "
        "session_id = "
        "?1 AND shelf = ?3 ORDER BY id",
        {restore.shelf});
    discard(restore.shelf);
  }

  void operator()(edit::Discard& discarded) {
    touchIfThere(statements_);
    discard(discarded.shelf);
  }

  void operator()(edit::Describe& describe) {
    touch(statements_);
    if (describe.title) {
      statements_.add("UPDATE {sessions} SET title = ?3 WHERE session_id = ?1", {*describe.title});
    }
    if (describe.metadata) {
      statements_.add("UPDATE {sessions} SET metadata = ?3 WHERE session_id = ?1", {*describe.metadata});
    }
  }

  void operator()(edit::Clear&) {
    touchIfThere(statements_);
    removeItems();
  }

  void operator()(edit::Delete&) {
    removeItems();
    statements_.add("DELETE FROM {sessions} WHERE session_id = ?1");
  }

 private:
  [[noreturn]] static void notYet() {
    throw AgentsError(ErrorCode::SessionUnsupported, "SqlStore cannot do this yet.");
  }

  void discard(const std::string& shelf) {
    statements_.add("DELETE FROM agents_wasm_{messages}_shelf WHERE session_id = ?1 AND shelf = ?3", {shelf});
  }

  void removeItems() {
    statements_.add("DELETE FROM {messages} WHERE session_id = ?1");
    statements_.add("DELETE FROM agents_wasm_{messages}_shelf WHERE session_id = ?1");
    statements_.add("UPDATE agents_wasm_operations SET result = NULL WHERE session_id = ?1 AND op_id <> ?2");
  }

  Statements& statements_;
  std::int64_t appended_ = 0;
};

}  // namespace

std::vector<SqlStatement> changeStatements(const std::string& conversationId, Change& change,
                                           const std::string& fingerprint, const SqlNames& names) {
  Statements statements(conversationId, change.opId, names);
  begin(statements, change, fingerprint);
  Writer writer(statements);
  for (auto& edit : change.edits) std::visit(writer, edit);
  statements.add("DELETE FROM agents_wasm_operations WHERE seq <= (SELECT MAX(seq) FROM agents_wasm_operations) - ?3",
                 {KeptOperations});
  statements.add("UPDATE agents_wasm_operations SET version = " + std::string(VersionOf) +
                 " WHERE op_id = ?2 RETURNING version, result");
  return statements.take();
}

SqlStatement versionStatement(const std::string& conversationId, const SqlNames& names) {
  return {withNames("SELECT " + std::string(VersionOf), names), {conversationId}};
}

SqlStatement knownStatement(const std::string& opId) {
  return {"SELECT version, result, fingerprint FROM agents_wasm_operations WHERE op_id = ?1", {opId}};
}

}  // namespace agents
