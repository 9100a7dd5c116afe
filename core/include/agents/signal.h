#pragma once

#include <coroutine>
#include <utility>

namespace agents {

// Lets one coroutine wait until another part of the program says `set()`. A signal that is set while nobody waits is
// remembered for the next wait.
class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void set() {
    if (auto waiting = std::exchange(waiting_, nullptr)) {
      waiting.resume();
    } else {
      isSet_ = true;
    }
  }

  auto wait() {
    struct Awaiter {
      Signal& signal;

      ~Awaiter() { signal.waiting_ = nullptr; }
      bool await_ready() const noexcept { return std::exchange(signal.isSet_, false); }
      void await_suspend(std::coroutine_handle<> awaiting) const noexcept { signal.waiting_ = awaiting; }
      void await_resume() const noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  std::coroutine_handle<> waiting_;
  bool isSet_ = false;
};

}  // namespace agents
