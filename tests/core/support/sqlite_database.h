#pragma once

#include "agents/sql.h"
#include "fake_host.h"

#include <string>
#include <vector>

struct sqlite3;

namespace agents::testing {

using Rows = std::vector<SqlRow>;

// As a runtime's own SQLite has them.
inline constexpr SqlLimits Wide{32'766, 256'000'000};

// A real SQLite that keeps to its limits, in memory or in a file. With a host, a batch runs when the host's queue gets
// to it.
class SqliteDatabase final : public SqlDatabase {
 public:
  explicit SqliteDatabase(const std::string& path = ":memory:", FakeHost* host = nullptr, SqlLimits limits = Wide);
  ~SqliteDatabase() override;
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  Task<std::vector<Rows>> batch(std::vector<SqlStatement> statements) override;
  SqlLimits limits() const override { return limits_; }
  Task<> close() override;

  // One statement, at once, as another program would run it.
  Rows run(const std::string& sql, const std::vector<SqlValue>& params = {});

  // After so many more batches, one stops before its `statement`-th statement (from 0) as if the disk were full.
  void failBatch(int batches, int statement) {
    batchesToFailure_ = batches;
    failingStatement_ = statement;
  }

 private:
  std::vector<Rows> runBatch(const std::vector<SqlStatement>& statements);
  [[noreturn]] void refuse() const;

  sqlite3* database_ = nullptr;
  FakeHost* host_;
  SqlLimits limits_;
  int batchesToFailure_ = -1;
  int failingStatement_ = 0;
};

// What a cell shows as text; NULL is "NULL".
std::string show(const SqlValue& value);

}  // namespace agents::testing
