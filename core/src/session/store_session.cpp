#include <utility>

#include "agents/random.h"
#include "agents/session.h"
#include "window.h"

namespace agents {

Task<Page> StoreSession::load(std::string conversationId, LoadOptions options) {
  ReadQuery query{std::move(conversationId)};
  query.detail = options.detail;
  // One more than asked for shows what the cut falls between.
  if (options.maxItems) query.newest = *options.maxItems + 1;
  auto page = co_await store_->read(std::move(query));
  if (options.maxItems) cutToWindow(page, *options.maxItems);
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

Task<> StoreSession::close() { co_await store_->close(); }

Task<Applied> StoreSession::applyOne(std::string conversationId, Edit edit) {
  Change change{randomId()};
  change.edits.push_back(std::move(edit));
  co_return co_await store_->apply(std::move(conversationId), std::move(change));
}

}  // namespace agents
