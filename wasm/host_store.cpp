#include "agents/change_rules.h"
#include "agents/error.h"
#include "agents/fingerprint.h"
#include "head.h"
#include "host.h"
#include "host_parts.h"
#include "store_json.h"

#include <algorithm>
#include <utility>

namespace agents::wasm {

namespace {

class HostStore final : public Store {
 public:
  explicit HostStore(std::uint32_t store) : store_(store) {}

  Task<Page> read(ReadQuery query) override {
    auto reply = co_await request("store.read", headOf(query), {});
    co_return pageFrom(HeadReader(reply.head), std::move(reply.body));
  }

  Task<ConversationPage> list(ListQuery query) override {
    auto reply = co_await request("store.list", headOf(query), {});
    co_return conversationPageFrom(HeadReader(reply.head));
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    checkChange(change);
    auto head = headOf(conversationId, change);
    head.flag("changes", std::any_of(change.edits.begin(), change.edits.end(), isChange));
    head.text("fingerprint", fingerprintOf(conversationId, change));
    auto reply = co_await request("store.apply", std::move(head), bodyOf(change));
    co_return appliedFrom(HeadReader(reply.head));
  }

  Task<> close() override {
    if (closed_) co_return;
    co_await request("store.close", HeadWriter(), {});
    closed_ = true;
  }

 private:
  Task<Reply> request(const char* operation, HeadWriter head, Rope body) {
    if (closed_) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
    return ask(operation, head.count("store", store_).take(), std::move(body));
  }

  std::uint32_t store_;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeHostStore(std::uint32_t store) { return std::make_unique<HostStore>(store); }

}  // namespace agents::wasm
