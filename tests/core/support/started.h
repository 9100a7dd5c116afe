#pragma once

#include "agents/error.h"
#include "agents/running.h"
#include "agents/task.h"

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace agents::testing {

// A task that was started from outside of any coroutine. Destroying it cancels the task.
template <typename T>
class Started {
 public:
  explicit Started(Task<T> task) : running_(follow(std::move(task), &result_, &failure_)) {
    running_.start([this] { done_ = true; });
  }
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  bool done() const { return done_; }

  T result() {
    if (!done_) throw std::logic_error("The task still waits.");
    if (failure_) std::rethrow_exception(failure_);
    return std::move(*result_);
  }

 private:
  static Running follow(Task<T> task, std::optional<T>* result, std::exception_ptr* failure) {
    try {
      *result = co_await std::move(task);
    } catch (...) {
      *failure = std::current_exception();
    }
  }

  std::optional<T> result_;
  std::exception_ptr failure_;
  bool done_ = false;
  Running running_;
};

struct Done {};

inline Task<Done> valued(Task<> task) {
  co_await std::move(task);
  co_return Done();
}

// The result of a task that waits for nobody.
template <typename T>
T sync(Task<T> task) {
  return Started<T>(std::move(task)).result();
}
inline void sync(Task<> task) { sync(valued(std::move(task))); }

// The code of the error that `action` fails with, or nothing.
template <typename Action>
std::optional<ErrorCode> codeOf(Action action) {
  try {
    action();
  } catch (const AgentsError& error) {
    return error.code();
  }
  return std::nullopt;
}

// What the error says that `action` fails with; empty when it does not fail.
template <typename Action>
std::string messageOf(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace agents::testing
