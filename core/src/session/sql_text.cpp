#include "sql_text.h"

#include <array>

namespace agents {

namespace {

struct Piece {
  std::string_view mark;
  std::string_view sql;
};

// A piece may use those that come behind it.
constexpr std::array Pieces{
    // Changes whenever anyone changes the conversation: `version` with every change of ours, and the newest row's id,
    // which is never used twice, with every change of Python's.
    Piece{"{version}",
          "COALESCE((SELECT version FROM {sessions} WHERE session_id = ?1), 0) || '.' || "
          "COALESCE((SELECT MAX(id) FROM {messages} WHERE session_id = ?1), 0)"},
    Piece{"{life}", "(SELECT life FROM {sessions} WHERE session_id = ?1)"},
    // Within the integers that JavaScript knows exactly.
    Piece{"{newLife}", "(random() & 9007199254740991)"},
    Piece{"{uid}", "COALESCE(uid, 'row-' || id)"},
    // Rows of ours have a uid, and were compact items when they were written; rows of others may be anything. One that
    // is no JSON object must not make the rest unreadable, and white space must not reach those who cut the text. A
    // blob counts as the text in it, as Python takes it; SQLite would try its own binary JSON.
    Piece{"{isItem}",
          "(CASE WHEN NOT json_valid(CAST(message_data AS TEXT)) THEN 0 WHEN uid IS NOT NULL THEN substr(message_data, "
          "1, 1) = '{' ELSE json_type(CAST(message_data AS TEXT)) = 'object' END)"},
    Piece{"{itemText}", "CASE WHEN uid IS NULL THEN json(CAST(message_data AS TEXT)) ELSE message_data END"},
    // The distance to the start, not the time since: when the clock goes back by little the lease goes on, by more than
    // the lease is long and it has run out. So no step of the clock makes it last longer than twice what was asked for.
    Piece{"{msLeft}", "MAX(ms - ABS({nowMs} - since), 0)"},
    Piece{"{nowMs}", "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"},
    Piece{"{now}", "strftime('%Y-%m-%d %H:%M:%f', 'now')"},
    Piece{"{items}", "agents_wasm_{messages}_shelf"},
    Piece{"{shelves}", "agents_wasm_{messages}_shelves"},
    Piece{"{leases}", "agents_wasm_{messages}_leases"},
    Piece{"{search}", "agents_wasm_{messages}_search"},
    Piece{"{stale}", "agents_wasm_{messages}_stale"},
};

void replaceAll(std::string& text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
}

// What other branches have and `main` has not.
constexpr std::string_view NotOfOthers =
    " AND id NOT IN (SELECT message_id FROM message_structure WHERE session_id = ?1 AND branch_id <> 'main' EXCEPT "
    "SELECT message_id FROM message_structure WHERE session_id = ?1 AND branch_id = 'main')";

}  // namespace

const std::string& SqlText::operator()(std::string_view sql) {
  if (auto found = known_.find(sql); found != known_.end()) return found->second;
  std::string text(sql);
  std::string visible(branches_ == Branches::None ? "" : NotOfOthers);
  replaceAll(text, "{visible}", visible);
  replaceAll(visible, "?1", "s.session_id");
  replaceAll(text, "{visibleOfS}", visible);
  for (const auto& piece : Pieces) replaceAll(text, piece.mark, piece.sql);
  replaceAll(text, "{bytes}", limits_.bytes ? "BLOB" : "TEXT");
  replaceAll(text, "{sessions}", names_.sessions);
  replaceAll(text, "{messages}", names_.messages);
  return known_.emplace(sql, std::move(text)).first->second;
}

}  // namespace agents
