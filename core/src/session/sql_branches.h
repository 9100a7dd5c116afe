#pragma once

#include "sql_statements.h"

#include <string_view>

namespace agents {

// Python's AdvancedSQLiteSession keeps branches of its own beside the two tables: `message_structure` says which branch
// has which message, in which order and turn. Several branches may have one message. Our active history is its branch
// `main`, with the rows of which it knows nothing; what only other branches have is nobody's business here.
//
// For a file without those tables none of this is asked for.
namespace branches {

// Gives the other branches copies of rows that are about to change or to leave the history, which then has them alone.
// `which` are the rows, with `chosen` as its ?3.
void unshare(SqlStatements& statements, std::string_view which, SqlValue chosen);

// Has `main` say again what the history is: what is gone goes, what is new gets a turn and a place as Python gives
// them.
void keep(SqlStatements& statements);

// Forgets all branches of a conversation, as Python does when it clears one.
void forget(SqlStatements& statements);

}  // namespace branches

}  // namespace agents
