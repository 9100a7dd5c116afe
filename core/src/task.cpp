#include "agents/task.h"

namespace agents::internal {

std::coroutine_handle<> PromiseBase::coroutine() noexcept {
  return std::coroutine_handle<PromiseBase>::from_promise(*this);
}

void PromiseBase::destroy() noexcept {
  if (awaited_) awaited_->destroy();
  coroutine().destroy();
}

void TaskPromiseBase::unhandled_exception() noexcept { failure_ = std::current_exception(); }

bool TaskPromiseBase::begin(PromiseBase* parent) noexcept {
  parent->awaited_ = this;
  auto task = coroutine();
  task.resume();
  if (!task.done()) {
    parent_ = parent;
    return true;
  }
  parent->awaited_ = nullptr;
  return false;
}

void TaskPromiseBase::goOn() noexcept {
  if (!parent_) return;
  parent_->awaited_ = nullptr;
  parent_->coroutine().resume();
}

void TaskPromiseBase::destroyAndRethrow() {
  auto failure = std::move(failure_);
  destroy();
  std::rethrow_exception(std::move(failure));
}

}  // namespace agents::internal
