#pragma once

#include "agents/task.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace agents {

// UTF-8 or binary content that travels as bytes.
struct Blob {
  std::string bytes;
};

using SqlValue = std::variant<std::nullptr_t, std::int64_t, double, std::string, Blob>;
using SqlRow = std::vector<SqlValue>;

struct SqlStatement {
  std::string sql;
  std::vector<SqlValue> params = {};
};

// What a database takes; edge stores take little.
struct SqlLimits {
  std::size_t maxParams = 100;
  std::size_t maxValueBytes = 2'000'000;
  // Whether bytes travel as they are. Where not, the text in them does.
  bool bytes = true;

  // Whether a history may be more than one value takes, so that it comes row by row.
  bool areSmall() const { return maxValueBytes < 16'000'000; }
  // As much as is put into one value where several would do.
  std::size_t pieceBytes() const { return maxValueBytes / 4; }
  // How long an item may be, with its text of another SDK: the rest of its row has to fit beside it.
  std::size_t itemBytes() const { return maxValueBytes - maxValueBytes / 100; }
};

// Storage waist 2: a SQL database that can do one thing, a batch.
class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;

  // Runs the statements in order in one transaction, all or none; gives the rows of each. Fails with SessionConflict
  // when a constraint is violated, which is how a batch expresses a precondition.
  virtual Task<std::vector<std::vector<SqlRow>>> batch(std::vector<SqlStatement> statements) = 0;

  virtual SqlLimits limits() const = 0;

  virtual Task<> close() = 0;
};

}  // namespace agents
