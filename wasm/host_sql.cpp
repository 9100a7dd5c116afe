#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <cstdlib>
#include <utility>

namespace agents::wasm {

namespace {

// Bytes travel in the body, one after the other; in the head stands how many they are: {"bytes": 12}.
std::string encode(SqlValue value, const SqlLimits& limits, Rope& body) {
  if (auto blob = std::get_if<Blob>(&value)) {
    if (!limits.bytes) return agents::json::quote(blob->bytes);
    auto length = HeadWriter().count("bytes", static_cast<std::int64_t>(blob->bytes.size())).take();
    body.append(std::move(blob->bytes));
    return length;
  }
  if (auto text = std::get_if<std::string>(&value)) return agents::json::quote(*text);
  if (auto integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (auto number = std::get_if<double>(&value)) return numberJson(*number);
  return "null";
}

SqlValue decode(std::string_view value, std::string_view body, std::size_t& offset) {
  if (agents::json::isObject(value)) {
    auto length = HeadReader(value).count("bytes");
    Blob blob{std::string(body.substr(offset, length))};
    offset += length;
    return blob;
  }
  if (agents::json::isString(value)) return textOf(value);
  if (value == "null") return nullptr;
  if (value.find_first_of(".eE") != std::string_view::npos) return numberOf(value);
  return std::strtoll(std::string(value).c_str(), nullptr, 10);
}

std::string headOf(std::uint32_t database, const SqlLimits& limits, std::vector<SqlStatement>& statements, Rope& body) {
  ListWriter list;
  for (auto& statement : statements) {
    ListWriter params;
    for (auto& param : statement.params) params.add(encode(std::move(param), limits, body));
    list.add(HeadWriter().text("sql", statement.sql).json("params", params.take()).take());
  }
  return HeadWriter().count("database", database).json("statements", list.take()).take();
}

std::vector<std::vector<SqlRow>> tablesFrom(const Reply& reply) {
  using agents::json::elements;
  std::vector<std::vector<SqlRow>> tables;
  std::size_t offset = 0;
  for (auto rows : elements(reply.head)) {
    auto& table = tables.emplace_back();
    for (auto row : elements(rows)) {
      auto& values = table.emplace_back();
      for (auto value : elements(row)) values.push_back(decode(value, reply.body, offset));
    }
  }
  return tables;
}

class HostSqlDatabase final : public SqlDatabase {
 public:
  HostSqlDatabase(std::uint32_t database, SqlLimits limits) : database_(database), limits_(limits) {}

  Task<std::vector<std::vector<SqlRow>>> batch(std::vector<SqlStatement> statements) override {
    Rope body;
    auto head = headOf(database_, limits_, statements, body);
    auto reply = co_await ask("sql", std::move(head), std::move(body));
    co_return tablesFrom(reply);
  }

  SqlLimits limits() const override { return limits_; }

  // The JavaScript side owns the database and closes it.
  Task<> close() override { co_return; }

 private:
  std::uint32_t database_;
  SqlLimits limits_;
};

}  // namespace

std::shared_ptr<SqlDatabase> makeSqlDatabase(std::uint32_t database, SqlLimits limits) {
  return std::make_shared<HostSqlDatabase>(database, limits);
}

}  // namespace agents::wasm
