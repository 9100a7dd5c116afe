#pragma once

#include <string>
#include <vector>

#include "agents/sql.h"
#include "agents/store.h"
#include "agents/stores.h"

namespace agents {

// The SQL of a change: one batch, which violates a constraint when the operation id is known already or when the
// expected version does not hold.

std::string fingerprintOf(const std::string& conversationId, const Change& change);

// The last statement gives one row, as `resultStatement`.
std::vector<SqlStatement> changeStatements(const std::string& conversationId, Change& change,
                                           const std::string& fingerprint, const SqlNames& names);

// One row: the conversation's version.
SqlStatement versionStatement(const std::string& conversationId, const SqlNames& names);

// One row: the conversation's version; the result of the operation, or NULL; its fingerprint, or NULL.
SqlStatement resultStatement(const std::string& conversationId, const std::string& opId, const SqlNames& names);

}  // namespace agents
