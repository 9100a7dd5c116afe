#include "agents/conversations.h"
#include "agents/error.h"
#include "calls.h"
#include "head.h"
#include "host_parts.h"
#include "sessions.h"

#include <memory>
#include <utility>

namespace agents::wasm {

namespace {

// An array of items.
Task<Answer> listed([[maybe_unused]] std::shared_ptr<ServerSession> session, Task<Page> work) {
  auto page = co_await std::move(work);
  Answer answer;
  answer.body.append(std::string("["));
  answer.body.append(page.items.text);
  answer.body.append(std::string("]"));
  co_return answer;
}

// What is done is the head's "what".
Task<Answer> conversations(Call call) {
  HeadReader head(call.head);
  auto session = serverSessionOf(head, call.id);
  auto what = head.text("what");
  auto id = head.text("conversationId");
  auto& server = *session;
  using Forget = ServerSession::Forget;
  using Unsent = ServerSession::Unsent;
  if (what == "load") return listed(std::move(session), server.load(std::move(id), head.maybeCount("maxItems")));
  if (what == "pop") return listed(std::move(session), server.pop(std::move(id)));
  if (what == "save") return done(std::move(session), server.save(std::move(id), parseItems(call.body, "items")));
  if (what == "clear") return done(std::move(session), server.remove(std::move(id), Forget::Items));
  if (what == "delete") return done(std::move(session), server.remove(std::move(id), Forget::Conversation));
  auto unsent = what == "commitRun" ? Unsent::Kept : Unsent::Dropped;
  return done(std::move(session), server.endRun(std::move(id), head.text("runId"), unsent));
}

}  // namespace

std::shared_ptr<ServerSession> serverSessionOf(const HeadReader& head, std::uint32_t caller) {
  RetryPolicy policy;
  policy.maxRetries = static_cast<int>(head.count("maxRetries"));
  policy.lockedForMs = head.number("busyTimeout");
  return std::make_shared<ServerSession>(sessionOf(head), Conversations(makeHttpClient(caller), makeTimer(), policy));
}

Operation conversationsOperation(std::string_view name) { return name == "conversations" ? conversations : nullptr; }

}  // namespace agents::wasm
