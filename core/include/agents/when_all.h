#pragma once

#include "agents/running.h"
#include "agents/signal.h"
#include "agents/task.h"

#include <cstddef>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace agents {

namespace internal {

template <typename T>
struct Branch {
  Running running;
  std::optional<T> result;
  std::exception_ptr failure;
};

// `branch` outlives the coroutine: `whenAll` keeps it in place and owns both.
template <typename T>
Running follow(Task<T> task, Branch<T>* branch) {
  try {
    branch->result = co_await std::move(task);
  } catch (...) {
    branch->failure = std::current_exception();
  }
}

}  // namespace internal

// Runs all tasks at once and gives their results in the order of the tasks. It waits for every task even when one
// fails, and then rethrows the failure of the first task that failed. Cancelling it cancels all of them.
template <typename T>
Task<std::vector<T>> whenAll(std::vector<Task<T>> tasks) {
  std::vector<internal::Branch<T>> branches(tasks.size());
  std::size_t remaining = tasks.size();
  Signal allDone;
  auto countDown = [&remaining, &allDone] {
    if (--remaining == 0) allDone.set();
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    branches[i].running = internal::follow(std::move(tasks[i]), &branches[i]);
    branches[i].running.start(countDown);
  }
  if (!branches.empty()) co_await allDone.wait();

  std::vector<T> results;
  results.reserve(branches.size());
  for (auto& branch : branches) {
    if (branch.failure) std::rethrow_exception(branch.failure);
    results.push_back(std::move(*branch.result));
  }
  co_return results;
}

}  // namespace agents
