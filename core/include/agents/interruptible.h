#pragma once

#include "agents/running.h"
#include "agents/signal.h"
#include "agents/task.h"

#include <exception>
#include <optional>
#include <utility>

namespace agents {

// The part of a computation that may be stopped from outside while the rest goes on to finish its books.
class Interruptible {
 public:
  // The task's result, or nothing when `interrupt` was called before it ended; the task is destroyed then.
  template <typename T>
  Task<std::optional<T>> run(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    if (interrupted_) co_return std::nullopt;
    Part part(this);
    part.body = follow(std::move(task), &result, &failure);
    part.body.start([&part] { part.over.set(); });
    co_await part.over.wait();
    if (failure) std::rethrow_exception(failure);
    co_return result;
  }

  // Must not be called from inside the task itself. Later calls, and calls after the end, do nothing.
  void interrupt() {
    if (std::exchange(interrupted_, true) || !part_) return;
    part_->body = Running();
    part_->over.set();
  }

  bool interrupted() const { return interrupted_; }

 private:
  // Lies in the frame of `run`, so that what runs goes together with the one who awaits it.
  struct Part {
    explicit Part(Interruptible* owner) : owner(owner) { owner->part_ = this; }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;
    ~Part() { owner->part_ = nullptr; }

    Interruptible* owner;
    Signal over;
    Running body;
  };

  template <typename T>
  static Running follow(Task<T> task, std::optional<T>* result, std::exception_ptr* failure) {
    try {
      *result = co_await std::move(task);
    } catch (...) {
      *failure = std::current_exception();
    }
  }

  Part* part_ = nullptr;
  bool interrupted_ = false;
};

}  // namespace agents
