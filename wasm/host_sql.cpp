#include "host.h"
#include "host_parts.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

// Bytes travel in the body, one after the other; in the head stands how many they are: {"bytes": 12}.
json encode(SqlValue value, Rope& body) {
  if (auto blob = std::get_if<Blob>(&value)) {
    json length{{"bytes", blob->bytes.size()}};
    body.append(std::move(blob->bytes));
    return length;
  }
  if (auto text = std::get_if<std::string>(&value)) return *std::move(text);
  if (auto integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (auto number = std::get_if<double>(&value)) return *number;
  return nullptr;
}

SqlValue decode(const json& value, std::string_view body, std::size_t& offset) {
  if (value.is_object()) {
    std::size_t length = value["bytes"];
    Blob blob{std::string(body.substr(offset, length))};
    offset += length;
    return blob;
  }
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return nullptr;
}

class HostSqlDatabase final : public SqlDatabase {
 public:
  HostSqlDatabase(std::uint32_t database, SqlLimits limits) : database_(database), limits_(limits) {}

  Task<std::vector<std::vector<SqlRow>>> batch(std::vector<SqlStatement> statements) override {
    json list = json::array();
    Rope body;
    for (auto& statement : statements) {
      json params = json::array();
      for (auto& param : statement.params) params.push_back(encode(std::move(param), body));
      list.push_back({{"sql", std::move(statement.sql)}, {"params", std::move(params)}});
    }
    json head{{"database", database_}, {"statements", std::move(list)}};
    auto reply = co_await ask("sql", head.dump(), std::move(body));
    auto results = json::parse(reply.head);
    std::vector<std::vector<SqlRow>> tables;
    std::size_t offset = 0;
    for (const auto& rows : results) {
      auto& table = tables.emplace_back();
      for (const auto& row : rows) {
        auto& values = table.emplace_back();
        for (const auto& value : row) values.push_back(decode(value, reply.body, offset));
      }
    }
    co_return tables;
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
