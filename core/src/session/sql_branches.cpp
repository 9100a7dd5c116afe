#include "sql_branches.h"

#include <string>

namespace agents::branches {

namespace {

constexpr std::string_view OfOthers =
    " AND id IN (SELECT message_id FROM message_structure WHERE session_id = ?1 AND branch_id <> 'main')";

constexpr std::string_view DropGone =
    "DELETE FROM message_structure WHERE session_id = ?1 AND branch_id = 'main' AND message_id NOT IN (SELECT id FROM "
    "{messages} WHERE session_id = ?1)";

// What Python sees in an item, by its rules.
constexpr std::string_view Kind =
    "CASE WHEN role IN ('user', 'assistant') THEN role ELSE COALESCE(NULLIF(type, ''), 'other') END";
constexpr std::string_view ToolName =
    "CASE WHEN type IN ('mcp_call', 'mcp_approval_request') AND label <> '' THEN label || COALESCE('.' || NULLIF(name, "
    "''), '') WHEN type IN ('tool_search_call', 'tool_search_output') THEN 'tool_search' WHEN type IN "
    "('computer_call', "
    "'file_search_call', 'web_search_call', 'code_interpreter_call') THEN type WHEN space <> '' AND space <> name THEN "
    "space || '.' || name ELSE name END";

// The new rows among those that are known, each of which begins a part.
constexpr std::string_view Rows =
    "SELECT message_id AS id, COALESCE(user_turn_number, 0) AS known, NULL AS role, NULL AS type, NULL AS name, NULL "
    "AS "
    "space, NULL AS label FROM message_structure WHERE session_id = ?1 AND branch_id = 'main' UNION ALL SELECT id, "
    "NULL, "
    "json_extract(item, '$.role'), json_extract(item, '$.type'), json_extract(item, '$.name'), json_extract(item, "
    "'$.namespace'), json_extract(item, '$.server_label') FROM (SELECT id, CASE WHEN {isItem} THEN CAST(message_data "
    "AS "
    "TEXT) ELSE '{}' END AS item FROM {messages} WHERE session_id = ?1 AND id NOT IN (SELECT message_id FROM "
    "message_structure WHERE session_id = ?1))";

// Python counts from 1: a 0 is a row that has no place yet. It gets one, and all that come behind it.
constexpr std::string_view GivePlaces =
    "UPDATE message_structure SET sequence_number = place FROM (SELECT id AS row, ROW_NUMBER() OVER (ORDER BY "
    "message_id) + (SELECT MAX(sequence_number) FROM message_structure WHERE session_id = ?1) AS place FROM "
    "message_structure WHERE session_id = ?1 AND branch_id = 'main' AND message_id >= (SELECT MIN(message_id) FROM "
    "message_structure WHERE session_id = ?1 AND branch_id = 'main' AND sequence_number = 0)) WHERE id = row";

// A number that the next turn gets must not bring the usage of an older one.
constexpr std::string_view DropUsage =
    "DELETE FROM turn_usage WHERE session_id = ?1 AND branch_id = 'main' AND user_turn_number > (SELECT "
    "COALESCE(MAX(user_turn_number), 0) FROM message_structure WHERE session_id = ?1 AND branch_id = 'main')";

// Turns of rows that are known stay, since `turn_usage` names them: a new row belongs to the turn before it, or begins
// the next.
std::string addNew() {
  std::string sql =
      "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number, "
      "user_turn_number, branch_turn_number, tool_name) SELECT ?1, id, 'main', ";
  ((sql += Kind) += ", 0, turn, turn, ") += ToolName;
  sql +=
      " FROM (SELECT *, COALESCE(MAX(known) OVER (PARTITION BY part), 0) + SUM(role IS 'user') OVER (PARTITION BY part "
      "ORDER BY id) AS turn FROM (SELECT *, COUNT(known) OVER (ORDER BY id) AS part FROM (";
  return (sql += Rows) + "))) WHERE known IS NULL ORDER BY id";
}

}  // namespace

void unshare(SqlStatements& statements, std::string_view which, SqlValue chosen) {
  auto shared = " FROM {messages} WHERE " + std::string(which) + std::string(OfOthers);
  statements.add(
      "INSERT INTO {messages} (session_id, message_data, created_at) SELECT session_id, message_data, "
      "created_at" +
          shared + " ORDER BY id",
      {chosen});
  // The copies are the newest rows, in the order of what they were made of.
  statements.add(
      "UPDATE message_structure SET message_id = copy FROM (SELECT id AS shared, (SELECT MAX(id) FROM {messages}) - "
      "COUNT(*) OVER () + ROW_NUMBER() OVER (ORDER BY id) AS copy" +
          shared + ") WHERE session_id = ?1 AND branch_id <> 'main' AND message_id = shared",
      {std::move(chosen)});
}

void keep(SqlStatements& statements) {
  statements.add(DropGone);
  statements.add(addNew());
  statements.add(GivePlaces);
  statements.add(DropUsage);
}

void forget(SqlStatements& statements) {
  if (statements.branches() == Branches::WithClears) {
    statements.add(
        "INSERT OR IGNORE INTO branch_reservations (session_id, branch_id) SELECT DISTINCT session_id, branch_id FROM "
        "message_structure WHERE session_id = ?1");
    statements.add(
        "INSERT INTO session_clear_generations (session_id, generation) VALUES (?1, 1) ON CONFLICT (session_id) DO "
        "UPDATE SET generation = generation + 1");
  }
  statements.add("DELETE FROM message_structure WHERE session_id = ?1");
  statements.add("DELETE FROM turn_usage WHERE session_id = ?1");
}

}  // namespace agents::branches
