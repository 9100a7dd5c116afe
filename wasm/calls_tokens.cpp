#include "agents/context_usage.h"
#include "agents/item.h"
#include "agents/tokens.h"
#include "calls.h"
#include "head.h"
#include "sessions.h"

#include <array>

namespace agents::wasm {

namespace {

std::string jsonOf(const ContextUsage::Amount& amount) {
  return HeadWriter()
      .count("items", static_cast<std::int64_t>(amount.items))
      .count("tokens", static_cast<std::int64_t>(amount.tokens))
      .take();
}

// {"all":{"items","tokens"},"sent":{…}}
Task<Answer> usage(Call call) {
  HeadReader head(call.head);
  auto usage = co_await contextUsage(sessionOf(head), head.text("conversationId"), head.maybeCount("maxItems"),
                                     head.maybeCount("maxTokens"));
  Answer answer;
  answer.head = HeadWriter().json("all", jsonOf(usage.all)).json("sent", jsonOf(usage.sent)).take();
  co_return answer;
}

Task<Answer> estimate(Call call) {
  Answer answer;
  answer.head = std::to_string(estimateTokens(parseItems(call.body, "items")));
  co_return answer;
}

constexpr std::array Operations{NamedOperation{"session.contextUsage", usage}, NamedOperation{"tokens", estimate}};

}  // namespace

Operation tokenOperation(std::string_view name) { return find(Operations, name); }

}  // namespace agents::wasm
