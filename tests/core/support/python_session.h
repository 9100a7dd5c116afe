#pragma once

#include "sqlite_database.h"

#include <string>
#include <vector>

namespace agents::testing {

// What the Python SDK's SQLiteSession does to its file, statement by statement.
class PythonSession {
 public:
  explicit PythonSession(SqliteDatabase* database) : database_(database) {
    database_->run(
        "CREATE TABLE IF NOT EXISTS agent_sessions (session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT "
        "CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)");
    database_->run(
        "CREATE TABLE IF NOT EXISTS agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
        "message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id) "
        "REFERENCES agent_sessions (session_id) ON DELETE CASCADE)");
    database_->run("CREATE INDEX IF NOT EXISTS idx_agent_messages_session_id ON agent_messages (session_id, id)");
  }

  void add(const std::string& id, const std::vector<std::string>& rows) {
    database_->run("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", {id});
    for (const auto& row : rows) {
      database_->run("INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", {id, row});
    }
    database_->run("UPDATE agent_sessions SET updated_at = CURRENT_TIMESTAMP WHERE session_id = ?", {id});
  }

  std::vector<std::string> items(const std::string& id) {
    std::vector<std::string> found;
    for (auto& row :
         database_->run("SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id ASC", {id})) {
      found.push_back(show(row[0]));
    }
    return found;
  }

  std::string pop(const std::string& id) {
    auto rows = database_->run(
        "DELETE FROM agent_messages WHERE id = (SELECT id FROM agent_messages WHERE session_id = ? ORDER BY id DESC "
        "LIMIT 1) RETURNING message_data",
        {id});
    return rows.empty() ? "" : show(rows[0][0]);
  }

  void clear(const std::string& id) {
    database_->run("DELETE FROM agent_messages WHERE session_id = ?", {id});
    database_->run("DELETE FROM agent_sessions WHERE session_id = ?", {id});
  }

 private:
  SqliteDatabase* database_;
};

}  // namespace agents::testing
