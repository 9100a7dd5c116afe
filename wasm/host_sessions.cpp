#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <utility>

namespace agents::wasm {

namespace {

// The host keeps the lock under the ticket of the reply that gave it.
class HostLock final : public Lock {
 public:
  explicit HostLock(std::uint32_t ticket) : ticket_(ticket) {}
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;
  ~HostLock() override { abandon(ticket_); }

 private:
  std::uint32_t ticket_;
};

class HostLocks final : public Locks {
 public:
  explicit HostLocks(std::string prefix) : prefix_(std::move(prefix)) {}

  Task<std::unique_ptr<Lock>> take(std::string conversationId, double ms) override {
    auto head = HeadWriter().text("name", prefix_ + conversationId).number("ms", ms).take();
    auto reply = co_await ask("lock", std::move(head));
    if (reply.head != "true") co_return nullptr;
    co_return std::make_unique<HostLock>(reply.ticket);
  }

  Task<bool> isTaken(std::string conversationId) override {
    auto head = HeadWriter().text("name", prefix_ + conversationId).take();
    auto reply = co_await ask("isLocked", std::move(head));
    co_return reply.head == "true";
  }

 private:
  std::string prefix_;
};

std::string_view nameOf(SessionObserver::Kind kind) {
  switch (kind) {
    case SessionObserver::Kind::Items:
      return "items";
    case SessionObserver::Kind::Runs:
      return "runs";
    case SessionObserver::Kind::Description:
      return "description";
    case SessionObserver::Kind::Deleted:
      break;
  }
  return "deleted";
}

class HostObserver final : public SessionObserver {
 public:
  explicit HostObserver(std::uint32_t session) : session_(session) {}

  void changed(const std::string& conversationId, Kind kind, const std::string& version) override {
    auto head = headOf(conversationId).text("kind", nameOf(kind)).text("version", version).take();
    tell("changed", head);
  }

  void slow(const Slowness& slowness) override {
    auto head = headOf(slowness.conversationId)
                    .text("work", slowness.work == Slowness::Work::Load ? "load" : "save")
                    .count("items", static_cast<std::int64_t>(slowness.items))
                    .count("bytes", static_cast<std::int64_t>(slowness.bytes))
                    .number("ms", slowness.ms)
                    .take();
    tell("slow", head);
  }

  void said(const std::string& conversationId, const std::string& runId, const std::string& text) override {
    tell("said", headOf(conversationId).text("runId", runId).text("text", text).take());
  }

 private:
  HeadWriter headOf(const std::string& conversationId) const {
    return HeadWriter().count("session", session_).text("conversationId", conversationId);
  }

  std::uint32_t session_;
};

}  // namespace

std::shared_ptr<Locks> makeLocks(std::string prefix) { return std::make_shared<HostLocks>(std::move(prefix)); }

std::shared_ptr<SessionObserver> makeObserver(std::uint32_t session) { return std::make_shared<HostObserver>(session); }

}  // namespace agents::wasm
