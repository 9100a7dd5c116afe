#pragma once

#include "sqlite_database.h"

#include <string>
#include <utility>
#include <vector>

namespace agents::testing {

// What the Python SDK's AdvancedSQLiteSession does to its file, for items whose text is compact JSON.
class PythonAdvanced {
 public:
  std::string branch = "main";

  explicit PythonAdvanced(SqliteDatabase* database, std::string id = "c") : database_(database), id_(std::move(id)) {
    for (auto sql :
         {"CREATE TABLE IF NOT EXISTS agent_sessions (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT "
          "CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
          "CREATE TABLE IF NOT EXISTS agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
          "message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id) "
          "REFERENCES agent_sessions (session_id) ON DELETE CASCADE)",
          "CREATE TABLE IF NOT EXISTS message_structure (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT "
          "NULL, message_id INTEGER NOT NULL, branch_id TEXT NOT NULL DEFAULT 'main', message_type TEXT NOT NULL, "
          "sequence_number INTEGER NOT NULL, user_turn_number INTEGER, branch_turn_number INTEGER, tool_name TEXT, "
          "created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id) REFERENCES "
          "agent_sessions(session_id) ON DELETE CASCADE, FOREIGN KEY (message_id) REFERENCES agent_messages(id) ON "
          "DELETE CASCADE)",
          "CREATE TABLE IF NOT EXISTS turn_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
          "branch_id TEXT NOT NULL DEFAULT 'main', user_turn_number INTEGER NOT NULL, requests INTEGER DEFAULT 0, "
          "FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE, UNIQUE(session_id, "
          "branch_id, user_turn_number))",
          "CREATE TABLE IF NOT EXISTS branch_reservations (session_id TEXT NOT NULL, branch_id TEXT NOT NULL, PRIMARY "
          "KEY (session_id, branch_id))",
          "CREATE TABLE IF NOT EXISTS session_clear_generations (session_id TEXT PRIMARY KEY, generation INTEGER NOT "
          "NULL DEFAULT 0)"}) {
      database_->run(sql);
    }
  }

  void add(const std::vector<std::string>& items) {
    database_->run("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", {id_});
    auto turn = number(
        "SELECT COALESCE(MAX(user_turn_number), 0) FROM message_structure WHERE session_id = ?1 AND "
        "branch_id = ?2");
    for (const auto& item : items) {
      auto isUser = item.find(R"("role":"user")") != std::string::npos;
      turn += isUser ? 1 : 0;
      database_->run("INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", {id_, item});
      database_->run(
          "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number, "
          "user_turn_number, branch_turn_number, tool_name) SELECT ?1, last_insert_rowid(), ?2, "
          "COALESCE(json_extract(?3, '$.role'), json_extract(?3, '$.type'), 'other'), COALESCE((SELECT "
          "MAX(sequence_number) FROM message_structure WHERE session_id = ?1), 0) + 1, ?4, ?4, json_extract(?3, "
          "'$.name')",
          {id_, branch, item, turn});
    }
  }

  std::vector<std::string> items(const std::string& of) {
    std::vector<std::string> found;
    for (auto& row : database_->run("SELECT m.message_data FROM agent_messages m JOIN message_structure s ON m.id = "
                                    "s.message_id WHERE m.session_id = ? AND s.branch_id = ? ORDER BY "
                                    "s.sequence_number ASC",
                                    {id_, of})) {
      found.push_back(show(row[0]));
    }
    return found;
  }

  // Without what went before, the newest item of the branch; and with it every message that no branch has.
  void pop() {
    auto row = database_->run(
        "DELETE FROM message_structure WHERE id = (SELECT id FROM message_structure WHERE session_id = ? AND branch_id "
        "= ? ORDER BY sequence_number DESC LIMIT 1) RETURNING message_id",
        {id_, branch});
    if (!row.empty()) cleanUp();
  }

  void branchFrom(int turn, const std::string& name) {
    database_->run("INSERT OR IGNORE INTO branch_reservations (session_id, branch_id) VALUES (?, ?)", {id_, name});
    database_->run(
        "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number, "
        "user_turn_number, branch_turn_number, tool_name) SELECT session_id, message_id, ?2, message_type, (SELECT "
        "MAX(sequence_number) FROM message_structure WHERE session_id = ?1) + ROW_NUMBER() OVER (ORDER BY "
        "sequence_number), user_turn_number, branch_turn_number, tool_name FROM message_structure WHERE session_id = "
        "?1 AND branch_id = ?3 AND branch_turn_number < ?4 ORDER BY sequence_number",
        {id_, name, branch, static_cast<std::int64_t>(turn)});
    branch = name;
  }

  void deleteBranch(const std::string& name) {
    database_->run("DELETE FROM turn_usage WHERE session_id = ? AND branch_id = ?", {id_, name});
    database_->run("DELETE FROM message_structure WHERE session_id = ? AND branch_id = ?", {id_, name});
    cleanUp();
  }

 private:
  std::int64_t number(const std::string& sql) {
    return std::get<std::int64_t>(database_->run(sql, {id_, branch})[0][0]);
  }

  void cleanUp() {
    database_->run(
        "DELETE FROM agent_messages WHERE session_id = ?1 AND id NOT IN (SELECT message_id FROM "
        "message_structure ms WHERE ms.session_id = ?1)",
        {id_});
  }

  SqliteDatabase* database_;
  std::string id_;
};

}  // namespace agents::testing
