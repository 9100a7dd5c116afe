#include "schema.h"

#include "agents/error.h"
#include "sql_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <span>
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

// In the order of the list, and in its words: otherwise each list would sort all conversations, as version 1 did.
constexpr std::string_view IndexSessions =
    "CREATE INDEX IF NOT EXISTS agents_wasm_{sessions}_by_change ON {sessions} (updated_at, COALESCE(version, 0), "
    "session_id)";
constexpr std::string_view DropOldIndex = "DROP INDEX IF EXISTS agents_wasm_{sessions}_by_time";
// The rows of others are few, or are to be looked at: whether they are items at all.
constexpr std::string_view IndexForeign =
    "CREATE INDEX IF NOT EXISTS agents_wasm_{messages}_foreign ON {messages} (session_id, id) WHERE uid IS NULL";
constexpr std::string_view CreateItems =
    "CREATE TABLE IF NOT EXISTS {items} (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, shelf TEXT "
    "NOT NULL, message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, uid TEXT, agent TEXT, "
    "run_id TEXT, turn INTEGER, sdk TEXT)";
constexpr std::string_view IndexItems =
    "CREATE INDEX IF NOT EXISTS {items}_by_session ON {items} (session_id, shelf, id)";
// A place is looked for without its conversation: by a search, which knows no more of what it finds.
constexpr std::string_view IndexPlaces =
    "CREATE INDEX IF NOT EXISTS {items}_by_place ON {items} (place) WHERE place IS NOT NULL";
constexpr std::string_view CreateShelves =
    "CREATE TABLE IF NOT EXISTS {shelves} (id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, shelf TEXT NOT NULL, life "
    "INTEGER NOT NULL, note TEXT, created_at TIMESTAMP NOT NULL, UNIQUE (session_id, shelf))";
constexpr std::string_view CreateLeases =
    "CREATE TABLE IF NOT EXISTS {leases} (session_id TEXT PRIMARY KEY, life INTEGER NOT NULL, holder TEXT NOT NULL, "
    "since INTEGER NOT NULL, ms INTEGER NOT NULL)";
// The shelves of version 1. Those of conversations that are gone get a life that none has.
constexpr std::string_view BeginLives =
    "UPDATE {sessions} SET life = {newLife} WHERE session_id IN (SELECT session_id FROM {items})";
constexpr std::string_view NameShelves =
    "INSERT INTO {shelves} (session_id, shelf, life, created_at) SELECT i.session_id, i.shelf, COALESCE((SELECT s.life "
    "FROM {sessions} s WHERE s.session_id = i.session_id), -1), MIN(i.created_at) FROM {items} i GROUP BY "
    "i.session_id, i.shelf ORDER BY MIN(i.id)";
// The CHECK is how a batch refuses a change whose precondition does not hold.
constexpr std::string_view CreateOperations =
    "CREATE TABLE IF NOT EXISTS agents_wasm_operations (seq INTEGER PRIMARY KEY AUTOINCREMENT, op_id TEXT NOT NULL "
    "UNIQUE, session_id TEXT NOT NULL, fingerprint TEXT NOT NULL, version TEXT, holds INTEGER NOT NULL "
    "CHECK (holds = 1))";
// Version 1 kept what was popped.
constexpr std::string_view DropResults = "ALTER TABLE agents_wasm_operations DROP COLUMN result";
constexpr std::string_view CreateMeta =
    "CREATE TABLE IF NOT EXISTS agents_wasm_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)";
// A NULL violates a constraint: one that looked before a newer version came must not write over it.
constexpr std::string_view WriteVersion =
    "INSERT INTO agents_wasm_meta (key, value) VALUES ('schema', ?1) ON CONFLICT (key) DO UPDATE SET value = CASE WHEN "
    "value + 0 <= excluded.value + 0 THEN excluded.value END";

// What is no table has no columns of ours: a view can be read and not written.
constexpr std::string_view ReadColumns =
    "SELECT m.name AS tbl, CASE m.type WHEN 'table' THEN c.name ELSE '' END AS col FROM sqlite_master m LEFT JOIN "
    "pragma_table_info(m.name) c WHERE m.name IN ('{sessions}', '{messages}', '{items}', '{items}_by_place', "
    "'{shelves}', '{leases}', 'agents_wasm_meta', 'agents_wasm_operations', 'message_structure', 'turn_usage', "
    "'branch_reservations', 'session_clear_generations')";
// Python's branches are those of one pair of tables, the one that they refer to.
constexpr std::string_view ReadOwner =
    "SELECT 1 FROM pragma_foreign_key_list('message_structure') WHERE \"from\" = 'message_id' AND \"table\" = "
    "'{messages}' COLLATE NOCASE";
constexpr std::string_view ReadVersion = "SELECT value FROM agents_wasm_meta WHERE key = 'schema'";

struct Column {
  std::string_view name;
  std::string_view type;
};
constexpr std::array SessionColumns{Column{"title", "TEXT"}, Column{"metadata", "TEXT"}, Column{"version", "INTEGER"},
                                    Column{"life", "INTEGER"}};
constexpr std::array MessageColumns{Column{"uid", "TEXT"}, Column{"agent", "TEXT"}, Column{"run_id", "TEXT"},
                                    Column{"turn", "INTEGER"}, Column{"sdk", "TEXT"}};
constexpr std::array ItemColumns{Column{"place", "INTEGER"}};

// Columns of a table, with a blank behind each.
struct Needed {
  std::string_view table;
  std::string_view columns;
};
constexpr Needed Meta{"agents_wasm_meta", "key value "};
// What the tables of our names have had since the first version.
constexpr std::array Ours{
    Needed{"{sessions}", "session_id created_at updated_at "},
    Needed{"{messages}", "id session_id message_data created_at "},
    Needed{"{items}", "id session_id shelf message_data created_at uid agent run_id turn sdk "},
    Needed{"{shelves}", "id session_id shelf life note created_at "},
    Needed{"{leases}", "session_id life holder since ms "},
    Needed{"agents_wasm_operations", "seq op_id session_id fingerprint version holds "},
};
// What is read beside it.
constexpr std::array ReadToo{Needed{"{sessions}", "title metadata version life "},
                             Needed{"{messages}", "uid agent run_id turn sdk "}};
constexpr std::array OfBranches{
    Needed{"message_structure",
           "id session_id message_id branch_id message_type sequence_number user_turn_number branch_turn_number "
           "tool_name "},
    Needed{"turn_usage", "session_id branch_id user_turn_number "}};
constexpr std::array OfClears{Needed{"branch_reservations", "session_id branch_id "},
                              Needed{"session_clear_generations", "session_id generation "}};

// The columns of those of our tables that are there, of Python's branches, and of the newest index, as (table, column).
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

// The first column that a table lacks, or nothing.
std::string_view lacking(const Existing& existing, std::string_view table, std::string_view columns) {
  while (!columns.empty()) {
    auto column = columns.substr(0, columns.find(' '));
    if (!existing.has(table, column)) return column;
    columns.remove_prefix(column.size() + 1);
  }
  return {};
}

void checkOurs(const Existing& existing, const Needed& needed, SqlText& text) {
  const auto& table = text(needed.table);
  auto column = existing.has(table) ? lacking(existing, table, needed.columns) : "";
  if (column.empty()) return;
  throw AgentsError(ErrorCode::SessionCorrupt, "The database has a table '" + table +
                                                   "' that is not a session's: it lacks the column '" +
                                                   std::string(column) + "'. Choose another database or table name.");
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

std::vector<SqlStatement> migration(const Existing& existing, SqlText& text) {
  const auto& names = text.names();
  std::vector<SqlStatement> batch;
  auto add = [&](std::initializer_list<std::string_view> statements) {
    for (auto sql : statements) batch.push_back({text(sql), {}});
  };
  add({CreateSessions, CreateMessages});
  addMissing(batch, existing, names.sessions, SessionColumns);
  addMissing(batch, existing, names.messages, MessageColumns);
  add({IndexMessages, DropOldIndex, IndexSessions, IndexForeign, CreateItems, IndexItems, CreateShelves, CreateLeases,
       CreateOperations, CreateMeta});
  addMissing(batch, existing, text("{items}"), ItemColumns);
  add({IndexPlaces});
  if (existing.has(text("{items}")) && !existing.has(text("{shelves}"))) add({BeginLives, NameShelves});
  if (existing.has("agents_wasm_operations", "result")) add({DropResults});
  batch.push_back({std::string(WriteVersion), {std::to_string(SchemaVersion)}});
  return batch;
}

bool isCurrent(const Existing& existing, SqlText& text) {
  return existing.has("agents_wasm_meta") && existing.has("agents_wasm_operations") &&
         existing.has(text("{items}_by_place")) && existing.has(text("{shelves}")) && existing.has(text("{leases}")) &&
         existing.has(text.names().messages, "sdk") && existing.has(text.names().sessions, "life");
}

bool hasAll(const Existing& existing, std::span<const Needed> tables, SqlText& text) {
  return std::all_of(tables.begin(), tables.end(), [&](const Needed& needed) {
    return lacking(existing, text(needed.table), needed.columns).empty();
  });
}

// Reads ask for all but the operations, which are the last.
bool canBeRead(const Existing& existing, SqlText& text) {
  return hasAll(existing, std::span(Ours).first(Ours.size() - 1), text) && hasAll(existing, ReadToo, text);
}

Branches branchesIn(const Existing& existing, SqlText& text) {
  if (!hasAll(existing, OfBranches, text)) return Branches::None;
  return hasAll(existing, OfClears, text) ? Branches::WithClears : Branches::Kept;
}

int versionOf(const std::vector<SqlRow>& rows) {
  auto text = rows.empty() ? nullptr : std::get_if<std::string>(&rows[0][0]);
  return text ? std::atoi(text->c_str()) : 0;
}

struct Look {
  Existing existing;
  Schema schema;
};

Task<Look> look(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  SqlText text(names);
  std::vector<SqlStatement> read{{text(ReadColumns), {}}, {text(ReadOwner), {}}};
  auto seen = co_await database->batch(std::move(read));
  Look found{Existing(seen[0]), {}};
  if (!seen[1].empty()) found.schema.branches = branchesIn(found.existing, text);
  checkOurs(found.existing, Meta, text);
  if (found.existing.has(Meta.table)) {
    std::vector<SqlStatement> ask{{std::string(ReadVersion), {}}};
    auto rows = co_await database->batch(std::move(ask));
    auto version = versionOf(rows[0]);
    if (version > SchemaVersion) found.schema.newer = version;
  }
  if (found.schema.newer == 0) {
    for (const auto& needed : Ours) checkOurs(found.existing, needed, text);
  } else if (!canBeRead(found.existing, text)) {
    throw newerSchema(found.schema.newer, "cannot even read it");
  }
  co_return found;
}

}  // namespace

bool isTableName(std::string_view name) {
  auto fits = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); };
  return !name.empty() && name.size() <= 63 && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits) && !name.starts_with("sqlite_") &&
         !name.starts_with("agents_wasm_");
}

AgentsError newerSchema(int version, std::string_view consequence) {
  return {ErrorCode::SessionUnsupported, "The database has schema version " + std::to_string(version) +
                                             ", and this agents-wasm, which knows version " +
                                             std::to_string(SchemaVersion) + ", " + std::string(consequence) +
                                             ": update agents-wasm."};
}

Task<Schema> prepareSchema(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  SqlText text(names);
  auto found = co_await look(database, names);
  if (found.schema.newer > 0 || isCurrent(found.existing, text)) co_return found.schema;
  std::exception_ptr failure;
  try {
    auto batch = migration(found.existing, text);
    co_await database->batch(std::move(batch));
  } catch (const AgentsError&) {
    failure = std::current_exception();
  }
  if (!failure) co_return found.schema;
  // Another caller, or another process, may have come first.
  auto since = co_await look(database, names);
  if (since.schema.newer == 0 && !isCurrent(since.existing, text)) std::rethrow_exception(failure);
  co_return since.schema;
}

}  // namespace agents
