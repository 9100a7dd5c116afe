#include "agents/context_usage.h"

#include "agents/tokens.h"

#include <utility>

namespace agents {

namespace {

ContextUsage::Amount amountOf(const Items& items) { return {items.count, estimateTokens(items)}; }

}  // namespace

Task<ContextUsage> contextUsage(std::shared_ptr<StoreSession> session, std::string conversationId,
                                std::optional<std::size_t> maxItems, std::optional<std::size_t> maxTokens) {
  ContextUsage usage;
  LoadOptions everything;
  auto page = co_await session->load(conversationId, std::move(everything));
  usage.all = amountOf(page.items);
  if (maxItems && *maxItems < page.items.count) {
    LoadOptions newest{maxItems};
    page = co_await session->load(conversationId, std::move(newest));
  }
  if (maxTokens) keepNewestTokens(page.items, *maxTokens);
  usage.sent = amountOf(page.items);
  co_return usage;
}

}  // namespace agents
