#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/stores.h"
#include "cursor.h"
#include "fingerprint.h"
#include "schema.h"
#include "sql_change.h"

#include <array>
#include <optional>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view FromHistory = "{messages} WHERE session_id = ?1";
constexpr std::string_view FromShelf = "agents_wasm_{messages}_shelf WHERE session_id = ?1 AND shelf = ?2";

constexpr std::string_view OtherTextColumns = "COUNT(*), MIN(id), MAX(id)";
constexpr std::string_view OriginColumns =
    "CAST(group_concat(json_object('uid', COALESCE(uid, 'row-' || id), 'agent', agent, 'run', run_id, 'turn', turn, "
    "'at', strftime('%Y-%m-%dT%H:%M:%fZ', created_at)), ',') AS BLOB)";

constexpr std::string_view ListColumns =
    "SELECT session_id, COALESCE(title, ''), COALESCE(metadata, ''), strftime('%Y-%m-%dT%H:%M:%fZ', created_at), "
    "strftime('%Y-%m-%dT%H:%M:%fZ', updated_at), updated_at || '|' || COALESCE(version, 0) FROM {sessions}";

std::int64_t integerAt(const SqlRow& row, std::size_t column) {
  auto value = std::get_if<std::int64_t>(&row[column]);
  return value ? *value : 0;
}

// Text and bytes alike; NULL is empty.
std::string textAt(SqlRow& row, std::size_t column) {
  if (auto blob = std::get_if<Blob>(&row[column])) return std::move(blob->bytes);
  if (auto text = std::get_if<std::string>(&row[column])) return std::move(*text);
  return {};
}

// Selects from the rows that a query means, oldest first.
class Selection {
 public:
  explicit Selection(const ReadQuery& query) {
    params_.emplace_back(query.conversationId);
    if (!query.shelf.empty()) params_.emplace_back(query.shelf);
    from_ = query.shelf.empty() ? FromHistory : FromShelf;
    std::string where = from_;
    if (query.before) where += " AND id < " + param(positionOf(*query.before));
    if (query.since) where += " AND id > " + param(positionOf(*query.since));
    where += " AND " + std::string(IsItem);
    if (query.newest) {
      auto limit = param(static_cast<std::int64_t>(*query.newest));
      where += " AND id >= (SELECT MIN(id) FROM (SELECT id FROM " + where + " ORDER BY id DESC LIMIT " + limit + "))";
    }
    rows_ = "(SELECT * FROM " + where + " ORDER BY id)";
  }

  SqlStatement text(const SqlNames& names) const {
    auto oldest = ", (SELECT id FROM " + from_ + " AND " + std::string(IsItem) + " ORDER BY id LIMIT 1)";
    auto text = "CAST(group_concat(" + std::string(ItemText) + ", ',') AS BLOB), ";
    return {withNames("SELECT " + text + std::string(OtherTextColumns) + oldest + " FROM " + rows_, names), params_};
  }

  SqlStatement origins(const SqlNames& names) const {
    return {withNames("SELECT " + std::string(OriginColumns) + " FROM " + rows_, names), params_};
  }

 private:
  std::string param(std::int64_t value) {
    params_.emplace_back(value);
    return "?" + std::to_string(params_.size());
  }

  std::string from_;
  std::string rows_;
  std::vector<SqlValue> params_;
};

// A cursor of the list is a place in its order: the time, the change among those of one time, and the id among
// conversations that only others changed.
std::array<std::string, 3> placeFrom(const std::string& cursor) {
  auto time = cursor.find('|');
  auto version = cursor.find('|', time + 1);
  if (time == std::string::npos || version == std::string::npos) {
    throw AgentsError(ErrorCode::InvalidArgument, "The cursor is not one of a list.");
  }
  return {cursor.substr(0, time), cursor.substr(time + 1, version - time - 1), cursor.substr(version + 1)};
}

Conversation conversationFrom(SqlRow& row) {
  return {textAt(row, 0), textAt(row, 1), textAt(row, 2), textAt(row, 3), textAt(row, 4)};
}

class SqlStore final : public Store {
 public:
  SqlStore(std::shared_ptr<SqlDatabase> database, SqlNames names)
      : database_(std::move(database)), names_(std::move(names)) {}

  Task<Page> read(ReadQuery query) override {
    co_await prepare();
    Selection selection(query);
    bool withOrigins = query.detail == ReadQuery::Detail::Origins;
    std::vector<SqlStatement> batch{versionStatement(query.conversationId, names_), selection.text(names_)};
    if (withOrigins) batch.push_back(selection.origins(names_));
    auto results = co_await database_->batch(std::move(batch));

    Page page;
    page.version = textAt(results[0][0], 0);
    auto& row = results[1][0];
    page.items.text.append(textAt(row, 0));
    page.items.count = static_cast<std::size_t>(integerAt(row, 1));
    if (page.items.count == 0) co_return page;
    if (integerAt(row, 2) > integerAt(row, 4)) page.older = std::to_string(integerAt(row, 2));
    page.newest = std::to_string(integerAt(row, 3));
    if (withOrigins) page.origins = textAt(results[2][0], 0);
    co_return page;
  }

  Task<ConversationPage> list(ListQuery query) override {
    co_await prepare();
    std::string sql(ListColumns);
    std::vector<SqlValue> params{static_cast<std::int64_t>(query.limit + 1)};
    if (query.after) {
      for (auto& part : placeFrom(*query.after)) params.emplace_back(std::move(part));
      sql += " WHERE (updated_at, COALESCE(version, 0), session_id) < (?2, CAST(?3 AS INTEGER), ?4)";
    }
    sql += " ORDER BY updated_at DESC, COALESCE(version, 0) DESC, session_id DESC LIMIT ?1";
    std::vector<SqlStatement> batch{{withNames(sql, names_), std::move(params)}};
    auto results = co_await database_->batch(std::move(batch));
    ConversationPage page;
    if (query.limit == 0) co_return page;
    std::string place;
    for (auto& row : results[0]) {
      if (page.conversations.size() == query.limit) {
        page.next = place;
        break;
      }
      page.conversations.push_back(conversationFrom(row));
      place = textAt(row, 5) + "|" + page.conversations.back().id;
    }
    co_return page;
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    co_await prepare();
    auto fingerprint = fingerprintOf(conversationId, change);
    auto batch = changeStatements(conversationId, change, fingerprint, names_);
    std::optional<AgentsError> refused;
    try {
      auto results = co_await database_->batch(std::move(batch));
      co_return appliedFrom(results.back()[0]);
    } catch (const AgentsError& error) {
      if (error.code() != ErrorCode::SessionConflict) throw;
      refused = error;
    }
    // A constraint does not say which it was: the operation is known, or the version is another.
    std::vector<SqlStatement> ask{knownStatement(change.opId)};
    auto results = co_await database_->batch(std::move(ask));
    if (!results[0].empty()) {
      auto& row = results[0][0];
      if (textAt(row, 2) != fingerprint) {
        throw AgentsError(ErrorCode::SessionConflict, "An operation id was used for two different changes.");
      }
      auto applied = appliedFrom(row);
      applied.repeated = true;
      co_return applied;
    }
    if (!change.expectVersion) throw *refused;
    throw AgentsError(ErrorCode::SessionConflict, "The conversation changed since it was read.");
  }

  Task<> close() override {
    if (std::exchange(closed_, true)) co_return;
    co_await database_->close();
  }

 private:
  // Every call looks: the first ones may come at once, and one that failed may succeed later.
  Task<> prepare() {
    if (closed_) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
    if (prepared_) co_return;
    co_await prepareSchema(database_, names_);
    prepared_ = true;
  }

  Applied appliedFrom(SqlRow& row) const {
    Applied applied;
    applied.version = textAt(row, 0);
    if (auto popped = textAt(row, 1); !popped.empty()) applied.popped = std::move(popped);
    return applied;
  }

  std::shared_ptr<SqlDatabase> database_;
  SqlNames names_;
  bool prepared_ = false;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeSqlStore(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  return std::make_unique<SqlStore>(std::move(database), std::move(names));
}

}  // namespace agents
