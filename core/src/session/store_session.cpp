#include "agents/random.h"
#include "agents/session.h"
#include "window.h"

#include <limits>
#include <utility>

namespace agents {

namespace {

constexpr std::size_t AllItems = std::numeric_limits<std::size_t>::max();

// More items than a model says in one go.
constexpr std::size_t LongestAnswer = 64;

}  // namespace

Task<Page> StoreSession::load(std::string conversationId, LoadOptions options) {
  ReadQuery query{conversationId};
  query.detail = options.detail;
  // One more than asked for shows what the cut falls between.
  if (options.maxItems && *options.maxItems < AllItems) query.newest = *options.maxItems + 1;
  auto page = co_await store_->read(query);
  if (!query.newest || page.items.count < *query.newest) co_return page;
  Window window(page);
  Page earlier;
  if (window.cutsAnswer() && page.older) {
    ReadQuery back{std::move(conversationId), "", LongestAnswer, page.older};
    earlier = co_await store_->read(std::move(back));
  }
  window.cut(page, earlier.items);
  co_return page;
}

Task<> StoreSession::save(std::string conversationId, std::vector<Batch> batches, std::string opId) {
  Change change{std::move(opId)};
  for (auto& batch : batches) {
    if (batch.items.count > 0) change.edits.push_back(edit::Append{std::move(batch)});
  }
  if (change.edits.empty()) co_return;
  co_await store_->apply(std::move(conversationId), std::move(change));
}

Task<std::optional<std::string>> StoreSession::pop(std::string conversationId) {
  auto applied = co_await applyOne(std::move(conversationId), edit::Pop{});
  co_return std::move(applied.popped);
}

Task<> StoreSession::clear(std::string conversationId) { co_await applyOne(std::move(conversationId), edit::Clear{}); }

Task<> StoreSession::remove(std::string conversationId) {
  co_await applyOne(std::move(conversationId), edit::Delete{});
}

Task<> StoreSession::rename(std::string conversationId, std::string title) {
  edit::Describe describe{std::move(title), std::nullopt};
  co_await applyOne(std::move(conversationId), std::move(describe));
}

Task<ConversationPage> StoreSession::list(ListQuery query) { co_return co_await store_->list(std::move(query)); }

Task<Page> StoreSession::read(ReadQuery query) { co_return co_await store_->read(std::move(query)); }

Task<Applied> StoreSession::apply(std::string conversationId, Change change) {
  co_return co_await store_->apply(std::move(conversationId), std::move(change));
}

Task<> StoreSession::close() { co_await store_->close(); }

Task<Applied> StoreSession::applyOne(std::string conversationId, Edit edit) {
  Change change{randomId()};
  change.edits.push_back(std::move(edit));
  co_return co_await store_->apply(std::move(conversationId), std::move(change));
}

}  // namespace agents
