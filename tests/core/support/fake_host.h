#pragma once

#include "started.h"

#include <coroutine>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace agents::testing {

// A host as JavaScript is one: what is asked of it completes later, from a queue, never inside the call that asked. A
// completion that nobody waits for any more finds nothing.
class FakeHost {
 public:
  // Completes when the queue gets to it.
  auto later() {
    struct Awaiter {
      FakeHost& host;
      std::uint32_t ticket;

      ~Awaiter() { host.waiting_.erase(ticket); }
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> awaiting) {
        host.waiting_[ticket] = awaiting;
        host.queue_.push_back(ticket);
      }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this, ++lastTicket_};
  }

  std::size_t waiting() const { return waiting_.size(); }
  std::size_t queued() const { return queue_.size(); }

  // Delivers the oldest completion. Whether someone waited for it.
  bool deliver() {
    auto ticket = queue_.front();
    queue_.pop_front();
    auto found = waiting_.find(ticket);
    if (found == waiting_.end()) return false;
    auto awaiting = found->second;
    waiting_.erase(found);
    awaiting.resume();
    return true;
  }

  void deliverAll() {
    while (!queue_.empty()) deliver();
  }

  // The result of a task that waits for this host only.
  template <typename T>
  T finish(Task<T> task) {
    Started<T> started(std::move(task));
    deliverAll();
    return started.result();
  }
  void finish(Task<> task) { finish(valued(std::move(task))); }

 private:
  std::map<std::uint32_t, std::coroutine_handle<>> waiting_;
  std::deque<std::uint32_t> queue_;
  std::uint32_t lastTicket_ = 0;
};

}  // namespace agents::testing
