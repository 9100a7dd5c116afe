#include "host.h"
#include "host_parts.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

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
    json head{{"name", prefix_ + conversationId}, {"ms", ms}};
    auto reply = co_await ask("lock", head.dump());
    if (reply.head != "true") co_return nullptr;
    co_return std::make_unique<HostLock>(reply.ticket);
  }

  Task<bool> isTaken(std::string conversationId) override {
    json head{{"name", prefix_ + conversationId}};
    auto reply = co_await ask("isLocked", head.dump());
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
    json head{{"session", session_}, {"conversationId", conversationId}, {"kind", nameOf(kind)}, {"version", version}};
    tell("changed", head.dump());
  }

  void slow(const Slowness& slowness) override {
    json head{{"session", session_},
              {"work", slowness.work == Slowness::Work::Load ? "load" : "save"},
              {"conversationId", slowness.conversationId},
              {"items", slowness.items},
              {"bytes", slowness.bytes},
              {"ms", slowness.ms}};
    tell("slow", head.dump());
  }

  void said(const std::string& conversationId, const std::string& runId, const std::string& text) override {
    json head{{"session", session_}, {"conversationId", conversationId}, {"runId", runId}, {"text", text}};
    tell("said", head.dump(-1, ' ', false, json::error_handler_t::replace));
  }

 private:
  std::uint32_t session_;
};

}  // namespace

std::shared_ptr<Locks> makeLocks(std::string prefix) { return std::make_shared<HostLocks>(std::move(prefix)); }

std::shared_ptr<SessionObserver> makeObserver(std::uint32_t session) { return std::make_shared<HostObserver>(session); }

}  // namespace agents::wasm
