#include "agents/change_rules.h"
#include "agents/error.h"
#include "agents/fingerprint.h"
#include "agents/stores.h"
#include "schema.h"
#include "sql_change.h"
#include "sql_read.h"
#include "sql_row.h"
#include "sql_search.h"
#include "sql_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace agents {

namespace {

class SqlStore final : public Store {
 public:
  SqlStore(std::shared_ptr<SqlDatabase> database, SqlNames names)
      : database_(std::move(database)), text_(std::move(names), database_->limits()), search_(database_, text_) {}

  Task<Page> read(ReadQuery query) override {
    co_await prepare();
    auto whole = wholeTo_.find(query.conversationId);
    auto batch = readStatements(query, whole == wholeTo_.end() ? 0 : whole->second, text_);
    auto results = co_await database_->batch(std::move(batch));
    auto newest = newestRow(results);
    auto page = pageFrom(query, std::move(results));
    if (countsUndecodable(query) && page.undecodable == 0) remember(query.conversationId, newest);
    co_return page;
  }

  Task<ConversationPage> list(ListQuery query) override {
    co_await prepare();
    std::vector<SqlStatement> batch{listStatement(query, text_)};
    auto results = co_await database_->batch(std::move(batch));
    co_return listFrom(query, std::move(results[0]));
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    co_await prepare();
    checkWritable();
    checkChange(change);
    auto fingerprint = fingerprintOf(conversationId, change);
    auto batch = changeStatements(conversationId, change, fingerprint, text_);
    co_await search_.forget(change, batch);
    std::optional<AgentsError> refused;
    try {
      auto results = co_await database_->batch(std::move(batch));
      co_return Applied{textAt(results.back()[0], 0)};
    } catch (const AgentsError& error) {
      if (error.code() != ErrorCode::SessionConflict) throw;
      refused = error;
    }
    if (auto known = co_await repeated(change.opId, fingerprint)) co_return *std::move(known);
    co_await explain(std::move(conversationId), std::move(change));
    throw *refused;
  }

  Task<SearchPage> search(SearchQuery query) override {
    co_await prepare();
    SearchPage none;
    none.hasIndex = true;
    auto terms = searchTerms(query.text);
    if (terms.empty() || query.limit == 0) co_return none;
    if (newer_ || !co_await search_.prepare()) co_return co_await Store::search(std::move(query));
    if (auto indexing = co_await search_.extend()) co_return *std::move(indexing);
    co_return co_await search_.find(std::move(query), std::move(terms));
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
    auto schema = co_await prepareSchema(database_, text_.names());
    newer_ = schema.newer;
    text_.setBranches(schema.branches);
    prepared_ = true;
  }

  void checkWritable() const {
    if (newer_ > 0) throw newerSchema(newer_, "only reads it");
  }

  void remember(const std::string& conversationId, std::int64_t wholeTo) {
    constexpr std::size_t Kept = 1000;
    if (wholeTo_.size() >= Kept) wholeTo_.clear();
    wholeTo_[conversationId] = wholeTo;
  }

  // What an operation answered when it took effect, if it did.
  Task<std::optional<Applied>> repeated(std::string opId, std::string fingerprint) {
    if (opId.empty()) co_return std::nullopt;
    std::vector<SqlStatement> ask{
        {"SELECT version, fingerprint FROM agents_wasm_operations WHERE op_id = ?1", {std::move(opId)}}};
    auto results = co_await database_->batch(std::move(ask));
    if (results[0].empty()) co_return std::nullopt;
    auto& row = results[0][0];
    if (textAt(row, 1) != fingerprint) {
      throw AgentsError(ErrorCode::SessionConflict, "An operation id was used for two different changes.");
    }
    co_return Applied{textAt(row, 0), true};
  }

  // Says which precondition refused the change; the database only says that one did.
  Task<> explain(std::string conversationId, Change change) {
    if (!change.opId.empty()) {
      prepared_ = false;
      co_await prepare();
      checkWritable();
    }
    if (change.expectVersion) {
      ReadQuery query{std::move(conversationId)};
      query.newest = 0;
      auto page = co_await read(std::move(query));
      if (page.version != *change.expectVersion) {
        throw AgentsError(ErrorCode::SessionConflict, "The conversation changed since it was read.");
      }
    }
    if (needsLease(change)) throw AgentsError(ErrorCode::SessionConflict, "Another run holds the conversation.");
  }

  std::shared_ptr<SqlDatabase> database_;
  SqlText text_;
  SqlSearch search_;
  // Up to which row a history is known to have only items. Others add rows and remove them, but change none, so that a
  // row is checked once: a hundred thousand by Python take half a second.
  std::unordered_map<std::string, std::int64_t> wholeTo_;
  bool prepared_ = false;
  // The version of a file that only a newer agents-wasm may change, or 0.
  int newer_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeSqlStore(std::shared_ptr<SqlDatabase> database, SqlNames names) {
  return std::make_unique<SqlStore>(std::move(database), std::move(names));
}

}  // namespace agents
