#include "host.h"

#include "head.h"

#include <coroutine>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

using emscripten::typed_memory_view;
using emscripten::val;

class HostCall;

struct Waiting {
  std::coroutine_handle<> coroutine;
  HostCall* call;
};

// The instance is the singleton: there is one host, and one table of those who wait for it.
val& host() {
  static val it = val::undefined();
  return it;
}

std::unordered_map<std::uint32_t, Waiting>& waiting() {
  static std::unordered_map<std::uint32_t, Waiting> it;
  return it;
}

// Written piece by piece into memory of JavaScript's: a second copy in the wasm heap would double its peak.
val bytesOf(const Rope& rope) {
  if (rope.empty()) return val::undefined();
  auto bytes = val::global("Uint8Array").new_(rope.size());
  std::size_t offset = 0;
  for (const auto& slice : rope.slices()) {
    auto data = reinterpret_cast<const unsigned char*>(slice.view().data());
    bytes.call<void>("set", val(typed_memory_view(slice.size, data)), offset);
    offset += slice.size;
  }
  return bytes;
}

AgentsError errorFrom(const std::string& text) {
  HeadReader head(text);
  auto detail = head.has("detail") ? head.json("detail") : "{}";
  return AgentsError(codeFromName(head.text("code")), head.maybeText("message").value_or(""), std::string(detail));
}

class HostCall {
 public:
  HostCall(std::string operation, std::string head, Rope body)
      : operation_(std::move(operation)), head_(std::move(head)), body_(std::move(body)) {}
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;
  ~HostCall() {
    if (waiting().erase(ticket_) > 0) abandon(ticket_);
  }

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    static std::uint32_t last = 0;
    ticket_ = ++last;
    waiting()[ticket_] = {coroutine, this};
    host().call<void>("request", ticket_, std::move(operation_), std::move(head_), bytesOf(body_));
    body_ = {};
  }
  Reply await_resume() {
    if (!ok_) throw errorFrom(reply_.head);
    return std::move(reply_);
  }

  void take(bool ok, std::string head, std::string body) {
    ok_ = ok;
    reply_ = {ticket_, std::move(head), std::move(body)};
  }

 private:
  std::string operation_;
  std::string head_;
  Rope body_;
  std::uint32_t ticket_ = 0;
  bool ok_ = false;
  Reply reply_;
};

}  // namespace

Task<Reply> ask(std::string operation, std::string head, Rope body) {
  HostCall call(std::move(operation), std::move(head), std::move(body));
  co_return co_await call;
}

void tell(const std::string& operation, const std::string& head) { host().call<void>("tell", operation, head); }

void abandon(std::uint32_t ticket) { host().call<void>("abandon", ticket); }

void settle(std::uint32_t call, const std::string& head, const Rope& body) {
  host().call<void>("settle", call, true, head, bytesOf(body));
}

void settleWithError(std::uint32_t call, const AgentsError& error, const Rope& body) {
  HeadWriter head;
  head.text("code", codeName(error.code())).text("message", error.what());
  if (!error.detail().empty()) head.json("detail", error.detail());
  host().call<void>("settle", call, false, head.take(), bytesOf(body));
}

void connect(val newHost) { host() = std::move(newHost); }

void reply(std::uint32_t ticket, bool ok, std::string head, std::string body) {
  auto found = waiting().find(ticket);
  if (found == waiting().end()) return;  // cancelled: the late reply has no reader
  auto [coroutine, call] = found->second;
  waiting().erase(found);
  call->take(ok, std::move(head), std::move(body));
  coroutine.resume();
}

std::size_t liveTickets() { return waiting().size(); }

}  // namespace agents::wasm
