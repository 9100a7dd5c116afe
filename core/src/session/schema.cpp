#include "schema.h"

#include "agents/error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <utility>
#include <vector>

namespace agents {

namespace {

// Python's own statements, column for column.
constexpr std::string_view CreateSessions =
    "CREATE TABLE IF NOT EXISTS {sessions} (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT "
    "CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)";
constexpr std::string_view CreateMessages =
    "CREATE TABLE IF NOT EXISTS {messages} (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
    "message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id) REFERENCES "
    "{sessions} (session_id) ON DELETE CASCADE)";
constexpr std::string_view IndexMessages =
    "CREATE INDEX IF NOT EXISTS idx_{messages}_session_id ON {messages} (session_id, id)";

constexpr std::string_view IndexSessions =
    "CREATE INDEX IF NOT EXISTS agents_wasm_{sessions}_by_time ON {sessions} (updated_at, session_id)";
constexpr std::string_view CreateShelf =
    "CREATE TABLE IF NOT EXISTS agents_wasm_{messages}_shelf (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT "
    "NOT NULL, "
    "shelf TEXT NOT NULL, message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, uid TEXT, agent "
    "TEXT, run_id TEXT, turn INTEGER, sdk TEXT)";
constexpr std::string_view IndexShelf =
    "CREATE INDEX IF NOT EXISTS agents_wasm_{messages}_shelf_by_session ON agents_wasm_{messages}_shelf (session_id, "
    "shelf, id)";
// The CHECK is how a batch refuses a change whose precondition does not hold.
constexpr std::string_view CreateOperations =
    "CREATE TABLE IF NOT EXISTS agents_wasm_operations (seq INTEGER PRIMARY KEY AUTOINCREMENT, op_id TEXT NOT NULL "
    "UNIQUE, session_id TEXT NOT NULL, fingerprint TEXT NOT NULL, version TEXT, result TEXT, holds INTEGER NOT NULL "
    "CHECK (holds = 1))";
constexpr std::string_view CreateMeta =
    "CREATE TABLE IF NOT EXISTS agents_wasm_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)";
constexpr std::string_view WriteVersion =
    "INSERT INTO agents_wasm_meta (key, value) VALUES ('schema', ?1) ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value";

constexpr std::string_view ReadColumns =
    "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name IN "
    "('{sessions}', '{messages}', 'agents_wasm_meta', 'agents_wasm_{messages}_shelf', 'agents_wasm_operations')";
constexpr std::string_view ReadVersion = "SELECT value FROM agents_wasm_meta WHERE key = 'schema'";

struct Column {
  std::string_view name;
  std::string_view type;
};
constexpr std::array SessionColumns{Column{"title", "TEXT"}, Column{"metadata", "TEXT"}, Column{"version", "INTEGER"}};
constexpr std::array MessageColumns{Column{"uid", "TEXT"}, Column{"agent", "TEXT"}, Column{"run_id", "TEXT"},
                                    Column{"turn", "INTEGER"}, Column{"sdk", "TEXT"}};

// The columns of those of our tables that are there, as (table, column).
class Existing {
 public:
  explicit Existing(const std::vector<SqlRow>& rows) {
    for (const auto& row : rows) columns_.emplace_back(std::get<std::string>(row[0]), std::get<std::string>(row[1]));
  }

  bool has(std::string_view table) const {
    return std::any_of(columns_.begin(), columns_.end(), [&](const auto& one) { return one.first == table; });
  }
  bool has(std::string_view table, std::string_view column) const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const auto& one) { return one.first == table && one.second == column; });
  }

 private:
  std::vector<std::pair<std::string, std::string>> columns_;
};

void checkColumns(const Existing& existing, const std::string& table, std::initializer_list<std::string_view> needed) {
  if (!existing.has(table)) return;
  for (auto column : needed) {
    if (existing.has(table, column)) continue;
    throw AgentsError(ErrorCode::SessionCorrupt, "The database has a table '" + table +
                                                     "' that is not a session's: it lacks the column '" +
                                                     std::string(column) + "'. Choose another database or table name.");
  }
}

template <std::size_t Size>
void addMissing(std::vector<SqlStatement>& batch, const Existing& existing, const std::string& table,
                const std::array<Column, Size>& columns) {
  for (const auto& column : columns) {
    if (existing.has(table, column.name)) continue;
    batch.push_back(
        {"ALTER TABLE " + table + " ADD COLUMN " + std::string(column.name) + " " + std::string(column.type), {}});
  }
}

std::vector<SqlStatement> migration(const Existing& existing, const SqlNames& names) {
  std::vector<SqlStatement> batch;
  batch.push_back({withNames(CreateSessions, names), {}});
  batch.push_back({withNames(CreateMessages, names), {}});
  addMissing(batch, existing, names.sessions, SessionColumns);
  addMissing(batch, existing, names.messages, MessageColumns);
  for (auto sql : {IndexMessages, IndexSessions, CreateShelf, IndexShelf, CreateOperations, CreateMeta}) {
    batch.push_back({withNames(sql, names), {}});
  }
  batch.push_back({std::string(WriteVersion), {std::to_string(SchemaVersion)}});
  return batch;
}

bool isCurrent(const Existing& existing, const SqlNames& names) {
  return existing.has("agents_wasm_meta") && existing.has("agents_wasm_operations") &&
         existing.has("agents_wasm_" + names.messages + "_shelf") && existing.has(names.messages, "sdk") &&
         existing.has(names.sessions, "version");
}

void checkVersion(const std::vector<SqlRow>& rows) {
  if (rows.empty()) return;
  auto text = std::get_if<std::string>(&rows[0][0]);
  int version = text ? std::atoi(text->c_str()) : 0;
  if (version <= SchemaVersion) return;
  throw AgentsError(ErrorCode::SessionUnsupported, "The database has schema version " + std::to_string(version) +
                                                       ", this agents-wasm knows version " +
                                                       std::to_string(SchemaVersion) + ". Update agents-wasm.");
}

// What is there of our tables, once it is known to be ours and not newer than we are.
Task<Existing> look(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  std::vector<SqlStatement> read{{withNames(ReadColumns, names), {}}};
  auto seen = co_await database->batch(std::move(read));
  Existing existing(seen[0]);
  checkColumns(existing, names.sessions, {"session_id", "created_at", "updated_at"});
  checkColumns(existing, names.messages, {"id", "session_id", "message_data", "created_at"});
  checkColumns(existing, "agents_wasm_meta", {"key", "value"});
  if (existing.has("agents_wasm_meta")) {
    std::vector<SqlStatement> ask{{std::string(ReadVersion), {}}};
    auto version = co_await database->batch(std::move(ask));
    checkVersion(version[0]);
  }
  co_return existing;
}

}  // namespace

std::string withNames(std::string_view sql, const SqlNames& names) {
  std::string text(sql);
  auto replace = [&text](std::string_view mark, const std::string& name) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + name.size())) {
      text.replace(at, mark.size(), name);
    }
  };
  replace("{sessions}", names.sessions);
  replace("{messages}", names.messages);
  return text;
}

bool isTableName(std::string_view name) {
  auto fits = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); };
  return !name.empty() && name.size() <= 63 && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits) && !name.starts_with("sqlite_") &&
         !name.starts_with("agents_wasm_");
}

Task<> prepareSchema(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  auto existing = co_await look(database, names);
  if (isCurrent(existing, names)) co_return;
  std::exception_ptr failure;
  try {
    co_await database->batch(migration(existing, names));
  } catch (const AgentsError&) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  // Another caller, or another process, may have come first.
  auto since = co_await look(database, names);
  if (!isCurrent(since, names)) std::rethrow_exception(failure);
}

}  // namespace agents
