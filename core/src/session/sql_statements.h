#pragma once

#include "agents/sql.h"
#include "sql_text.h"

#include <cstddef>
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
  const SqlLimits& limits() const { return text_.limits(); }

  std::vector<SqlStatement> take() { return std::move(batch_); }

 private:
  const std::string& conversationId_;
  const std::string& opId_;
  SqlText& text_;
  std::vector<SqlStatement> batch_;
};

// A JSON array of strings, which SQL takes as one parameter.
std::string quotedList(const std::vector<std::string>& texts);

// JSON arrays of elements that come one after the other, each array of about so many bytes.
class Lists {
 public:
  struct List {
    std::string text;
    std::size_t first;  // how many elements are in those before it
  };

  explicit Lists(std::size_t bytes) : bytes_(bytes) {}

  void add(std::string_view element);

  // At least one, which may be empty.
  std::vector<List> take();

 private:
  std::size_t bytes_;
  std::size_t count_ = 0;
  std::vector<List> lists_{{"[", 0}};
};

std::vector<Lists::List> quotedLists(const std::vector<std::string>& texts, std::size_t bytes);

}  // namespace agents
