#include "sqlite_database.h"

#include "agents/error.h"

#include <sqlite3.h>

#include <exception>
#include <memory>
#include <utility>

namespace agents::testing {

namespace {

using Prepared = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

int bindValue(sqlite3_stmt* statement, int place, const SqlValue& value) {
  if (auto integer = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, place, *integer);
  if (auto real = std::get_if<double>(&value)) return sqlite3_bind_double(statement, place, *real);
  if (auto text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text64(statement, place, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (auto blob = std::get_if<Blob>(&value)) {
    return sqlite3_bind_blob64(statement, place, blob->bytes.data(), blob->bytes.size(), SQLITE_TRANSIENT);
  }
  return sqlite3_bind_null(statement, place);
}

bool bind(sqlite3_stmt* statement, int place, const SqlValue& value) {
  return bindValue(statement, place, value) == SQLITE_OK;
}

SqlValue columnOf(sqlite3_stmt* statement, int column) {
  auto bytes = [&] {
    auto start = static_cast<const char*>(sqlite3_column_blob(statement, column));
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return start ? std::string(start, size) : std::string();
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT:
      return bytes();
    case SQLITE_BLOB:
      return Blob{bytes()};
    default:
      return nullptr;
  }
}

}  // namespace

SqliteDatabase::SqliteDatabase(const std::string& path, FakeHost* host, SqlLimits limits)
    : host_(host), limits_(limits) {
  sqlite3_open(path.c_str(), &database_);
  sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, static_cast<int>(limits.maxValueBytes));
  sqlite3_limit(database_, SQLITE_LIMIT_VARIABLE_NUMBER, static_cast<int>(limits.maxParams));
  sqlite3_extended_result_codes(database_, 1);
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close(database_); }

Task<std::vector<Rows>> SqliteDatabase::batch(std::vector<SqlStatement> statements) {
  if (host_) co_await host_->later();
  co_return runBatch(statements);
}

Task<> SqliteDatabase::close() {
  sqlite3_close(std::exchange(database_, nullptr));
  co_return;
}

std::vector<Rows> SqliteDatabase::runBatch(const std::vector<SqlStatement>& statements) {
  if (!database_) throw AgentsError(ErrorCode::SessionClosed, "The database is closed.");
  bool fails = batchesToFailure_ >= 0 && batchesToFailure_-- == 0;
  run("BEGIN IMMEDIATE");
  try {
    std::vector<Rows> results;
    for (const auto& statement : statements) {
      if (fails && results.size() == static_cast<std::size_t>(failingStatement_)) {
        throw AgentsError(ErrorCode::SessionQuota, "The disk is full.");
      }
      results.push_back(run(statement.sql, statement.params));
    }
    run("COMMIT");
    return results;
  } catch (...) {
    run("ROLLBACK");
    throw;
  }
}

Rows SqliteDatabase::run(const std::string& sql, const std::vector<SqlValue>& params) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) refuse();
  Prepared statement(raw, sqlite3_finalize);
  if (params.size() > static_cast<std::size_t>(sqlite3_bind_parameter_count(raw))) {
    throw AgentsError(ErrorCode::InvalidArgument, "There is no place for a parameter in: " + sql);
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (!bind(raw, static_cast<int>(i) + 1, params[i])) refuse();
  }
  Rows rows;
  int code;
  while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
    SqlRow row;
    for (int column = 0; column < sqlite3_column_count(raw); ++column) row.push_back(columnOf(raw, column));
    rows.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) refuse();
  return rows;
}

void SqliteDatabase::refuse() const {
  std::string message = sqlite3_errmsg(database_);
  switch (sqlite3_errcode(database_) & 0xFF) {
    case SQLITE_CONSTRAINT:
      throw AgentsError(ErrorCode::SessionConflict, message);
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
      throw AgentsError(ErrorCode::InvalidArgument, message);
    case SQLITE_BUSY:
      throw AgentsError(ErrorCode::SessionBusy, message);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw AgentsError(ErrorCode::SessionCorrupt, message);
    default:
      throw AgentsError(ErrorCode::SessionIo, message);
  }
}

std::string show(const SqlValue& value) {
  if (auto integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (auto real = std::get_if<double>(&value)) return std::to_string(*real);
  if (auto text = std::get_if<std::string>(&value)) return *text;
  if (auto blob = std::get_if<Blob>(&value)) return blob->bytes;
  return "NULL";
}

}  // namespace agents::testing
