# The statements of the OpenAI Agents SDK for Python (SQLiteSession), one command per line of standard input, each a
# JSON list: ["add", id, items], ["get", id, limit], ["pop", id], ["clear", id]. Answers one line of JSON each.
import json
import sqlite3
import sys

connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
connection.execute(
    "CREATE TABLE IF NOT EXISTS agent_sessions ( session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT "
    "CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP )"
)
connection.execute(
    "CREATE TABLE IF NOT EXISTS agent_messages ( id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, "
    "message_data TEXT NOT NULL, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (session_id) REFERENCES "
    "agent_sessions (session_id) ON DELETE CASCADE )"
)
connection.execute(
    "CREATE INDEX IF NOT EXISTS idx_agent_messages_session_id ON agent_messages (session_id, id)"
)
connection.commit()


def add(session_id, items):
    connection.execute("INSERT OR IGNORE INTO agent_sessions (session_id) VALUES (?)", (session_id,))
    rows = [(session_id, item if isinstance(item, str) else json.dumps(item)) for item in items]
    connection.executemany("INSERT INTO agent_messages (session_id, message_data) VALUES (?, ?)", rows)
    connection.execute(
        "UPDATE agent_sessions SET updated_at = CURRENT_TIMESTAMP WHERE session_id = ?", (session_id,)
    )


def get(session_id, limit):
    if limit is None:
        rows = connection.execute(
            "SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id ASC", (session_id,)
        ).fetchall()
    else:
        rows = connection.execute(
            "SELECT message_data FROM agent_messages WHERE session_id = ? ORDER BY id DESC LIMIT ?", (session_id, limit)
        ).fetchall()[::-1]
    return [json.loads(row[0]) for row in rows]


def pop(session_id):
    row = connection.execute(
        "DELETE FROM agent_messages WHERE id = ( SELECT id FROM agent_messages WHERE session_id = ? ORDER BY id DESC "
        "LIMIT 1 ) RETURNING message_data",
        (session_id,),
    ).fetchone()
    return json.loads(row[0]) if row else None


def clear(session_id):
    connection.execute("DELETE FROM agent_messages WHERE session_id = ?", (session_id,))
    connection.execute("DELETE FROM agent_sessions WHERE session_id = ?", (session_id,))


for line in sys.stdin:
    command, *arguments = json.loads(line)
    answer = {"add": add, "get": get, "pop": pop, "clear": clear}[command](*arguments)
    connection.commit()
    print(json.dumps(answer), flush=True)
