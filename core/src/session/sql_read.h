#pragma once

#include "agents/sql.h"
#include "agents/store.h"
#include "sql_text.h"

#include <vector>

namespace agents {

// The SQL of a read, one batch, and what its rows say.
std::vector<SqlStatement> readStatements(const ReadQuery& query, SqlText& text);
Page pageFrom(const ReadQuery& query, std::vector<std::vector<SqlRow>> results);

// The SQL of a list, which gives one row more than the page has, if there is one.
SqlStatement listStatement(const ListQuery& query, SqlText& text);
ConversationPage listFrom(const ListQuery& query, std::vector<SqlRow> rows);

}  // namespace agents
