#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

// A class of one pointer that is passed as the pointer, where the compiler has a way to say so. Together with inlining
// even where size counts most, it lets the compiler see that an awaited task is empty: half of the code around every
// `co_await` would destroy it.
#if defined(__clang__)
#define AGENTS_AS_POINTER [[clang::trivial_abi]]
#else
#define AGENTS_AS_POINTER
#endif

namespace agents {

template <typename T>
class Task;

// Whatever does not depend on a task's result is written once, in task.cpp: a core has hundreds of awaits.
namespace internal {

class TaskPromiseBase;

// What the promise of any coroutine of ours begins with.
class PromiseBase {
 public:
  std::suspend_always initial_suspend() const noexcept { return {}; }

  // Destroys the coroutine, which is suspended, and before it what it waits for.
  void destroy() noexcept;

 protected:
  // Of any promise: all lie at one distance from the start of their frame.
  std::coroutine_handle<> coroutine() noexcept;

 private:
  friend TaskPromiseBase;

  TaskPromiseBase* awaited_ = nullptr;
};

class TaskPromiseBase : public PromiseBase {
 public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> finished) const noexcept {
      finished.promise().goOn();
    }
    void await_resume() const noexcept {}
  };

  FinalAwaiter final_suspend() const noexcept { return {}; }
  // It cannot throw: every coroutine has code for what happens when it does.
  void unhandled_exception() noexcept;

  // Runs the task at once, for `parent`, which then owns it and waits if this gives true. A task that finishes without
  // suspending costs no stack, so a loop over ready tasks cannot overflow on targets without guaranteed tail calls.
  bool begin(PromiseBase* parent) noexcept;

 protected:
  // What was thrown, after destroying the coroutine.
  void rethrowFailure() {
    if (failure_) destroyAndRethrow();
  }

 private:
  // Goes on with the one who waits.
  void goOn() noexcept;
  [[noreturn]] void destroyAndRethrow();

  PromiseBase* parent_ = nullptr;
  std::exception_ptr failure_;
};

template <typename T>
class TaskPromise : public TaskPromiseBase {
 public:
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& value) {
    // In place of the empty one, which is nothing to destroy.
    std::construct_at(&result_, std::in_place, std::forward<U>(value));
  }
  // The result, after destroying the coroutine.
  T take() {
    rethrowFailure();
    T result = *std::move(result_);
    destroy();
    return result;
  }

 private:
  std::optional<T> result_;
};

template <>
class TaskPromise<void> : public TaskPromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() {
    rethrowFailure();
    destroy();
  }
};

template <typename T>
struct TaskAwaiter {
  TaskPromise<T>* promise;

  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> awaiting) const noexcept {
    return promise->begin(&awaiting.promise());
  }
  T await_resume() const { return promise->take(); }
};

}  // namespace internal

// A lazy computation: it starts when it is awaited, once, and its result or exception goes to the awaiter.
// Destroying a task that has not finished cancels it: the destructors of its frame run, and nothing else of it does.
// Single-threaded by contract.
template <typename T = void>
class [[nodiscard]] AGENTS_AS_POINTER Task {
 public:
  using promise_type = internal::TaskPromise<T>;

  [[gnu::always_inline]] explicit Task(promise_type* promise) noexcept : promise_(promise) {}
  [[gnu::always_inline]] Task(Task&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  [[gnu::always_inline]] ~Task() {
    if (promise_) promise_->destroy();
  }

  // The awaiting coroutine owns the computation from then on.
  [[gnu::always_inline]] internal::TaskAwaiter<T> operator co_await() && noexcept {
    return {std::exchange(promise_, nullptr)};
  }

 private:
  promise_type* promise_;
};

namespace internal {

template <typename T>
Task<T> TaskPromise<T>::get_return_object() {
  static_assert(alignof(TaskPromise) <= 2 * sizeof(void*), "The promise would lie elsewhere in its frame.");
  return Task<T>(this);
}

inline Task<void> TaskPromise<void>::get_return_object() { return Task<void>(this); }

}  // namespace internal

}  // namespace agents
