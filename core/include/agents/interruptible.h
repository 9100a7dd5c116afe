#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "agents/running.h"
#include "agents/signal.h"
#include "agents/task.h"

namespace agents {

// The part of a computation that may be stopped from outside while the rest goes on to finish its books.
class Interruptible {
 public:
  // The task's result, or nothing when `interrupt` was called before it ended; the task is destroyed then.
  template <typename T>
  Task<std::optional<T>> run(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    Signal over;
    if (interrupted_) co_return std::nullopt;
    over_ = &over;
    body_ = follow(std::move(task), &result, &failure);
    body_.start([&over] { over.set(); });
    co_await over.wait();
    over_ = nullptr;
    body_ = Running();
    if (failure) std::rethrow_exception(failure);
    co_return result;
  }

  // Must not be called from inside the task itself. Later calls, and calls after the end, do nothing.
  void interrupt() {
    if (std::exchange(interrupted_, true) || !over_) return;
    body_ = Running();
    over_->set();
  }

  bool interrupted() const { return interrupted_; }

 private:
  template <typename T>
  static Running follow(Task<T> task, std::optional<T>* result, std::exception_ptr* failure) {
    try {
      *result = co_await std::move(task);
    } catch (...) {
      *failure = std::current_exception();
    }
  }

  Running body_;
  Signal* over_ = nullptr;
  bool interrupted_ = false;
};

}  // namespace agents
