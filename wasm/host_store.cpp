#include "agents/change_rules.h"
#include "agents/error.h"
#include "agents/fingerprint.h"
#include "host.h"
#include "host_parts.h"
#include "store_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

class HostStore final : public Store {
 public:
  explicit HostStore(std::uint32_t store) : store_(store) {}

  Task<Page> read(ReadQuery query) override {
    auto reply = co_await request("store.read", headOf(query), {});
    auto head = json::parse(reply.head);
    co_return pageFrom(head, std::move(reply.body));
  }

  Task<ConversationPage> list(ListQuery query) override {
    auto reply = co_await request("store.list", headOf(query), {});
    auto head = json::parse(reply.head);
    co_return conversationPageFrom(head);
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    checkChange(change);
    auto head = headOf(conversationId, change);
    head["changes"] = std::any_of(change.edits.begin(), change.edits.end(), isChange);
    head["fingerprint"] = fingerprintOf(conversationId, change);
    auto reply = co_await request("store.apply", std::move(head), bodyOf(change));
    auto answer = json::parse(reply.head);
    co_return appliedFrom(answer, std::move(reply.body));
  }

  Task<> close() override {
    if (closed_) co_return;
    co_await request("store.close", json::object(), {});
    closed_ = true;
  }

 private:
  Task<Reply> request(const char* operation, json head, Rope body) {
    if (closed_) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
    head["store"] = store_;
    co_return co_await ask(operation, head.dump(), std::move(body));
  }

  std::uint32_t store_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeHostStore(std::uint32_t store) { return std::make_unique<HostStore>(store); }

}  // namespace agents::wasm
