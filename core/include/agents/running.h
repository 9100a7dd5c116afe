#pragma once

#include "agents/task.h"

#include <coroutine>
#include <functional>
#include <utility>

namespace agents {

// A coroutine that was started from outside of any coroutine and runs on its own; destroying it cancels it.
// Everything that must begin without being awaited is built on it: the branches of `whenAll`, the interruptible part
// of a run, and the calls that arrive at the border.
class [[nodiscard]] AGENTS_AS_POINTER Running {
 public:
  struct promise_type : internal::PromiseBase {
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

    Running get_return_object() { return Running(this); }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // Bodies catch what they throw; reaching this is a defect.
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

    void start(std::function<void()> then) {
      onEnd = std::move(then);
      coroutine().resume();
    }

    std::function<void()> onEnd;
  };

  Running() = default;
  [[gnu::always_inline]] explicit Running(promise_type* promise) noexcept : promise_(promise) {}
  [[gnu::always_inline]] Running(Running&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Running& operator=(Running&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  [[gnu::always_inline]] ~Running() {
    if (promise_) promise_->destroy();
  }

  void start(std::function<void()> onEnd) { promise_->start(std::move(onEnd)); }

 private:
  promise_type* promise_ = nullptr;
};

}  // namespace agents
