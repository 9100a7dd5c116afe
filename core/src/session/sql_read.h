#pragma once

#include "agents/sql.h"
#include "agents/store.h"
#include "sql_text.h"

#include <cstdint>
#include <vector>

namespace agents {

// Whether a read looks for rows that are no items.
bool countsUndecodable(const ReadQuery& query);

// The SQL of a read, one batch, and what its rows say. The history's rows up to the id `wholeTo` are known to be items.
std::vector<SqlStatement> readStatements(const ReadQuery& query, std::int64_t wholeTo, SqlText& text);
Page pageFrom(const ReadQuery& query, std::vector<std::vector<SqlRow>> results);

// The id of the history's newest row, or 0, as a read found it.
std::int64_t newestRow(const std::vector<std::vector<SqlRow>>& results);

// The SQL of a list, which gives one row more than the page has, if there is one.
SqlStatement listStatement(const ListQuery& query, SqlText& text);
ConversationPage listFrom(const ListQuery& query, std::vector<SqlRow> rows);

}  // namespace agents
