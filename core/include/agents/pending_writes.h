#pragma once

#include "agents/running.h"
#include "agents/signal.h"
#include "agents/task.h"

#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace agents {

// Writes that go on when the one who waits for them is destroyed: a write that was begun reaches an outcome, and
// whoever finishes the books waits for it with `settled`.
template <typename T>
class PendingWrites {
 public:
  // The result of the write, or its failure.
  Task<T> run(Task<T> write) {
    auto pending = std::make_shared<Pending>();
    pending_.push_back(pending);
    pending->body = follow(std::move(write), pending.get());
    pending->body.start([this, raw = pending.get()] { end(raw); });
    if (!pending->over) co_await pending->done.wait();
    if (pending->failure) std::rethrow_exception(pending->failure);
    co_return std::move(*pending->result);
  }

  // All writes that were begun have an outcome.
  Task<> settled() {
    while (!pending_.empty()) co_await idle_.wait();
  }

 private:
  struct Pending {
    Running body;
    std::optional<T> result;
    std::exception_ptr failure;
    bool over = false;
    Signal done;
  };

  static Running follow(Task<T> write, Pending* pending) {
    try {
      pending->result = co_await std::move(write);
    } catch (...) {
      pending->failure = std::current_exception();
    }
  }

  void end(Pending* ended) {
    ended->over = true;
    // Held until the last word here: the list may have been its only owner.
    std::shared_ptr<Pending> keep;
    for (auto one = pending_.begin(); one != pending_.end(); ++one) {
      if (one->get() != ended) continue;
      keep = std::move(*one);
      pending_.erase(one);
      break;
    }
    // Last the write's own waiter: it may end the run, and this object with it.
    if (pending_.empty()) idle_.set();
    keep->done.set();
  }

  std::list<std::shared_ptr<Pending>> pending_;
  Signal idle_;
};

}  // namespace agents
