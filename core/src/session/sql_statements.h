#pragma once

#include "agents/sql.h"
#include "sql_text.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agents {

// The statements of one change, as they are put together.
class SqlStatements {
 public:
  SqlStatements(const std::string& conversationId, const std::string& opId, SqlText& text)
      : conversationId_(conversationId), opId_(opId), text_(text) {}

  // ?1 is the conversation, ?2 the operation, then what `more` has.
  void add(std::string_view sql, std::vector<SqlValue> more = {});

  Branches branches() const { return text_.branches(); }

  std::vector<SqlStatement> take() { return std::move(batch_); }

 private:
  const std::string& conversationId_;
  const std::string& opId_;
  SqlText& text_;
  std::vector<SqlStatement> batch_;
};

// A JSON array of strings, which SQL takes as one parameter.
std::string quotedList(const std::vector<std::string>& texts);

}  // namespace agents
