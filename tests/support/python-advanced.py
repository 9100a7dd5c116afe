# The statements of the OpenAI Agents SDK for Python (AdvancedSQLiteSession), one command per line of standard input,
# each a JSON list: ["add", id, items], ["get", id, branch], ["pop", id], ["clear", id], ["branch", id, turn, name],
# ["switch", id, branch], ["delete", id, branch], ["list", id], ["turns", id], ["tools", id], ["usage", id, requests].
# Answers one line of JSON each. Every conversation has a session of its own, which begins on the branch `main`.
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
SCHEMA = """
CREATE TABLE IF NOT EXISTS agent_sessions ( session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP );
CREATE TABLE IF NOT EXISTS agent_messages ( id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
  message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE );
CREATE INDEX IF NOT EXISTS idx_agent_messages_session_id ON agent_messages (session_id, id);
CREATE TABLE IF NOT EXISTS message_structure ( id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
  message_id INTEGER NOT NULL, branch_id TEXT NOT NULL DEFAULT 'main', message_type TEXT NOT NULL,
  sequence_number INTEGER NOT NULL, user_turn_number INTEGER, branch_turn_number INTEGER, tool_name TEXT,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE,
  FOREIGN KEY (message_id) REFERENCES agent_messages(id) ON DELETE CASCADE );
CREATE TABLE IF NOT EXISTS turn_usage ( id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL,
  branch_id TEXT NOT NULL DEFAULT 'main', user_turn_number INTEGER NOT NULL, requests INTEGER DEFAULT 0,
  input_tokens INTEGER DEFAULT 0, output_tokens INTEGER DEFAULT 0, total_tokens INTEGER DEFAULT 0,
  input_tokens_details JSON, output_tokens_details JSON, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  FOREIGN KEY (session_id) REFERENCES agent_sessions(session_id) ON DELETE CASCADE,
  UNIQUE(session_id, branch_id, user_turn_number) );
CREATE TABLE IF NOT EXISTS branch_reservations ( session_id TEXT NOT NULL, branch_id TEXT NOT NULL,
  PRIMARY KEY (session_id, branch_id) );
CREATE TABLE IF NOT EXISTS session_clear_generations ( session_id TEXT PRIMARY KEY,
  generation INTEGER NOT NULL DEFAULT 0 );
CREATE INDEX IF NOT EXISTS idx_structure_session_seq ON message_structure(session_id, sequence_number);
CREATE INDEX IF NOT EXISTS idx_structure_branch ON message_structure(session_id, branch_id);
CREATE INDEX IF NOT EXISTS idx_structure_turn ON message_structure(session_id, branch_id, user_turn_number);
CREATE INDEX IF NOT EXISTS idx_structure_branch_seq ON message_structure(session_id, branch_id, sequence_number);
CREATE INDEX IF NOT EXISTS idx_turn_usage_session_turn ON turn_usage(session_id, branch_id, user_turn_number);
"""
connection.executescript(SCHEMA)
connection.commit()

current = {}
generations = {}


def one(sql, *values):
    row = connection.execute(sql, values).fetchone()
    return row[0] if row else None


def branch_of(session_id):
    """A session whose conversation another one cleared is on `main` again."""
    connection.execute(
        "INSERT OR IGNORE INTO session_clear_generations (session_id, generation) VALUES (?, 0)", (session_id,)
    )
    generation = one("SELECT generation FROM session_clear_generations WHERE session_id = ?", session_id)
    if generation != generations.get(session_id, 0):
        generations[session_id] = generation
        current[session_id] = "main"
    return current.get(session_id, "main")


def reserve(session_id):
    connection.execute(
        "INSERT OR IGNORE INTO branch_reservations (session_id, branch_id) SELECT DISTINCT session_id, branch_id FROM "
        "message_structure WHERE session_id = ?",
        (session_id,),
    )


def clean_up(session_id):
    """What Python does after every pop: a message that no branch has is deleted."""
    connection.execute(
        "DELETE FROM agent_messages WHERE session_id = ? AND id NOT IN ( SELECT message_id FROM message_structure ms "
        "WHERE ms.session_id = ? )",
        (session_id, session_id),
    )


def kind(item):
    if item.get("role") in ("user", "assistant"):
        return item["role"]
    return str(item["type"]) if item.get("type") else "other"


def tool(item):
    which = item.get("type")
    if which in {"mcp_call", "mcp_approval_request"} and "server_label" in item:
        label, name = item.get("server_label"), item.get("name")
        return f"{label}.{name}" if label and name else label or name
    if which in {"tool_search_call", "tool_search_output"}:
        return "tool_search"
    if which in {"computer_call", "file_search_call", "web_search_call", "code_interpreter_call"}:
        return which
    name, space = item.get("name"), item.get("namespace")
    return f"{space}.{name}" if name is not None and space and space != name else name


def add(session_id, items):
    branch = branch_of(session_id)
    connection.execute("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", (session_id,))
    connection.executemany(
        "INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)",
        [(session_id, json.dumps(item)) for item in items],
    )
    connection.execute(
        "UPDATE agent_sessions SET updated_at = CURRENT_TIMESTAMP WHERE session_id = ?", (session_id,)
    )
    rows = connection.execute(
        "SELECT id FROM agent_messages WHERE session_id = ? ORDER BY id DESC LIMIT ?", (session_id, len(items))
    ).fetchall()[::-1]
    place = one("SELECT COALESCE(MAX(sequence_number), 0) FROM message_structure WHERE session_id = ?", session_id)
    turn, branch_turn = connection.execute(
        "SELECT COALESCE(MAX(user_turn_number), 0), COALESCE(MAX(branch_turn_number), 0) FROM message_structure WHERE "
        "session_id = ? AND branch_id = ?",
        (session_id, branch),
    ).fetchone()
    users = 0
    for item, (message,) in zip(items, rows):
        users += item.get("role") == "user"
        place += 1
        connection.execute(
            "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number, "
            "user_turn_number, branch_turn_number, tool_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (session_id, message, branch, kind(item), place, turn + users, branch_turn + users, tool(item)),
        )


def get(session_id, branch=None):
    rows = connection.execute(
        "SELECT m.message_data FROM agent_messages m JOIN message_structure s ON m.id = s.message_id WHERE m.session_id "
        "= ? AND s.branch_id = ? ORDER BY s.sequence_number ASC",
        (session_id, branch or branch_of(session_id)),
    ).fetchall()
    return [json.loads(row[0]) for row in rows]


def pop(session_id):
    branch = branch_of(session_id)
    reserve(session_id)
    row = connection.execute(
        "DELETE FROM message_structure WHERE id = ( SELECT id FROM message_structure WHERE session_id = ? AND branch_id "
        "= ? ORDER BY sequence_number DESC LIMIT 1 ) RETURNING message_id, user_turn_number",
        (session_id, branch),
    ).fetchone()
    if not row:
        return None
    data = one("SELECT message_data FROM agent_messages WHERE id = ?", row[0])
    clean_up(session_id)
    in_turn = "session_id = ? AND branch_id = ? AND user_turn_number = ?"
    if not one(f"SELECT COUNT(*) FROM message_structure WHERE {in_turn}", session_id, branch, row[1]):
        connection.execute(f"DELETE FROM turn_usage WHERE {in_turn}", (session_id, branch, row[1]))
    return json.loads(data) if data else None


def clear(session_id):
    reserve(session_id)
    branch_of(session_id)
    for table in ("agent_messages", "agent_sessions", "message_structure", "turn_usage"):
        connection.execute(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))
    connection.execute(
        "UPDATE session_clear_generations SET generation = generation + 1 WHERE session_id = ?", (session_id,)
    )


def branch(session_id, turn, name):
    reserve(session_id)
    source = branch_of(session_id)
    connection.execute("INSERT INTO branch_reservations (session_id, branch_id) VALUES (?, ?)", (session_id, name))
    rows = connection.execute(
        "SELECT message_id, message_type, user_turn_number, branch_turn_number, tool_name FROM message_structure WHERE "
        "session_id = ? AND branch_id = ? AND branch_turn_number < ? ORDER BY sequence_number",
        (session_id, source, turn),
    ).fetchall()
    place = one("SELECT COALESCE(MAX(sequence_number), 0) FROM message_structure WHERE session_id = ?", session_id)
    for index, (message, kind_of, user_turn, branch_turn, tool_name) in enumerate(rows):
        connection.execute(
            "INSERT INTO message_structure (session_id, message_id, branch_id, message_type, sequence_number, "
            "user_turn_number, branch_turn_number, tool_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (session_id, message, name, kind_of, place + index + 1, user_turn, branch_turn, tool_name),
        )
    current[session_id] = name


def switch(session_id, name):
    count = one("SELECT COUNT(*) FROM message_structure WHERE session_id = ? AND branch_id = ?", session_id, name)
    if count:
        current[session_id] = name
    return bool(count)


def delete(session_id, name):
    reserve(session_id)
    connection.execute("DELETE FROM turn_usage WHERE session_id = ? AND branch_id = ?", (session_id, name))
    connection.execute("DELETE FROM message_structure WHERE session_id = ? AND branch_id = ?", (session_id, name))
    clean_up(session_id)


def list_branches(session_id):
    return connection.execute(
        "SELECT branch_id, COUNT(*), COUNT(CASE WHEN message_type = 'user' THEN 1 END) FROM message_structure WHERE "
        "session_id = ? GROUP BY branch_id ORDER BY branch_id",
        (session_id,),
    ).fetchall()


def turns(session_id):
    return connection.execute(
        "SELECT s.branch_turn_number, json_extract(m.message_data, '$.content') FROM message_structure s JOIN "
        "agent_messages m ON s.message_id = m.id WHERE s.session_id = ? AND s.branch_id = ? AND s.message_type = 'user' "
        "ORDER BY s.branch_turn_number",
        (session_id, branch_of(session_id)),
    ).fetchall()


def tools(session_id):
    return connection.execute(
        "SELECT tool_name, COUNT(*), user_turn_number FROM message_structure WHERE session_id = ? AND branch_id = ? AND "
        "tool_name IS NOT NULL GROUP BY tool_name, user_turn_number ORDER BY user_turn_number",
        (session_id, branch_of(session_id)),
    ).fetchall()


def usage(session_id, requests=None):
    name = branch_of(session_id)
    if requests is not None:
        turn = one(
            "SELECT COALESCE(MAX(user_turn_number), 0) FROM message_structure WHERE session_id = ? AND branch_id = ?",
            session_id,
            name,
        )
        connection.execute(
            "INSERT OR REPLACE INTO turn_usage (session_id, branch_id, user_turn_number, requests) VALUES (?, ?, ?, ?)",
            (session_id, name, turn, requests),
        )
    return connection.execute(
        "SELECT user_turn_number, requests FROM turn_usage WHERE session_id = ? AND branch_id = ? ORDER BY 1",
        (session_id, name),
    ).fetchall()


COMMANDS = {
    "add": add,
    "get": get,
    "pop": pop,
    "clear": clear,
    "branch": branch,
    "switch": switch,
    "delete": delete,
    "list": list_branches,
    "turns": turns,
    "tools": tools,
    "usage": usage,
}
for line in sys.stdin:
    command, *arguments = json.loads(line)
    answer = COMMANDS[command](*arguments)
    connection.commit()
    print(json.dumps(answer), flush=True)
