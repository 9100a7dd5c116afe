#pragma once

#include "agents/sql.h"
#include "agents/store.h"
#include "agents/stores.h"

#include <string>
#include <vector>

namespace agents {

// Rows of ours (they have a uid) are known to be compact items; rows of others may be anything. One that is no JSON
// object must not make the rest unreadable, and white space must not reach those who cut the text.
inline constexpr std::string_view IsItem =
    "(uid IS NOT NULL OR CASE WHEN json_valid(message_data) THEN json_type(message_data) = 'object' ELSE 0 END)";
inline constexpr std::string_view ItemText = "CASE WHEN uid IS NULL THEN json(message_data) ELSE message_data END";

// The SQL of a change: one batch, which violates a constraint when the operation id is known already or when the
// expected version does not hold.

// The last statement gives one row: the version after the change, and the popped item or NULL.
std::vector<SqlStatement> changeStatements(const std::string& conversationId, Change& change,
                                           const std::string& fingerprint, const SqlNames& names);

// One row: the conversation's version.
SqlStatement versionStatement(const std::string& conversationId, const SqlNames& names);

// One row if the operation is known: the version after it, the popped item or NULL, its fingerprint.
SqlStatement knownStatement(const std::string& opId);

}  // namespace agents
