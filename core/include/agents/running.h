#pragma once

#include "agents/task.h"

#include <coroutine>
#include <functional>
#include <utility>

namespace agents {

// A coroutine that was started from outside of any coroutine and runs on its own; destroying it cancels it.
// Everything that must begin without being awaited is built on it: the branches of `whenAll`, the interruptible part
// of a run, and the calls that arrive at the border.
class [[nodiscard]] Running {
 public:
  struct promise_type {
    // `onEnd` is called when the body has ended and its frame may be destroyed.
    struct FinalAwaiter {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> finished) const noexcept {
        // Moved to the stack first: `onEnd` may destroy the frame that holds it.
        auto onEnd = std::move(finished.promise().onEnd);
        if (onEnd) onEnd();
      }
      void await_resume() const noexcept {}
    };

    Running get_return_object() { return Running(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // Bodies catch what they throw; reaching this is a defect.
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

    std::function<void()> onEnd;
  };

  Running() = default;
  explicit Running(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Running(Running&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Running& operator=(Running&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Running() {
    if (handle_) handle_.destroy();
  }

  void start(std::function<void()> onEnd) {
    handle_.promise().onEnd = std::move(onEnd);
    handle_.resume();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace agents
