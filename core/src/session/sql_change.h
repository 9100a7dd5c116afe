#pragma once

#include "agents/sql.h"
#include "agents/store.h"
#include "sql_text.h"

#include <string>
#include <vector>

namespace agents {

// The SQL of a change: one batch, which violates a constraint when the operation id is known already, or when the
// expected version, the holder or an edit::Hold does not hold. The last statement gives the version after the change.
std::vector<SqlStatement> changeStatements(const std::string& conversationId, const Change& change,
                                           const std::string& fingerprint, SqlText& text);

}  // namespace agents
