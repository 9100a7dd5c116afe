#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace agents {

template <typename T>
class Task;

namespace internal {

// What every task's promise shares: it starts suspended and, at its end, goes on with whoever awaits it.
struct TaskPromiseBase {
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
      auto continuation = finished.promise().continuation;
      return continuation ? continuation : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }

  // One for all types of results, and it cannot throw: every coroutine has code for what happens when it does.
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void rethrowFailure() const {
    if (failure) std::rethrow_exception(failure);
  }

  std::coroutine_handle<> continuation;
  std::exception_ptr failure;
};

template <typename T>
struct TaskPromise : TaskPromiseBase {
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& value) {
    result.emplace(std::forward<U>(value));
  }
  T take() {
    rethrowFailure();
    return *std::move(result);
  }

  std::optional<T> result;
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const { rethrowFailure(); }
};

}  // namespace internal

// A lazy computation: it starts when it is awaited, once, and its result or exception goes to the awaiter.
// Destroying a task that has not finished cancels it: the destructors of its frame run, and nothing else of it does.
// Single-threaded by contract.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::TaskPromise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && {
    struct Awaiter {
      std::coroutine_handle<promise_type> handle;

      bool await_ready() const noexcept { return false; }
      // Runs the child at once. A child that finishes without suspending costs no stack, so a loop over ready
      // tasks cannot overflow on targets without guaranteed tail calls.
      bool await_suspend(std::coroutine_handle<> awaiting) const {
        handle.resume();
        if (handle.done()) return false;
        handle.promise().continuation = awaiting;
        return true;
      }
      T await_resume() const { return handle.promise().take(); }
    };
    return Awaiter{handle_};
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace internal {

template <typename T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace internal

}  // namespace agents
