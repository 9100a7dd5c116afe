#include "agents/when_all.h"

#include "support/fake_host.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace agents;
using namespace agents::testing;

namespace {

Task<int> ready(int value) { co_return value; }

Task<int> after(FakeHost* host, int rounds, int value) {
  for (int i = 0; i < rounds; ++i) co_await host->later();
  co_return value;
}

Task<int> failAfter(FakeHost* host, int rounds, std::string reason) {
  for (int i = 0; i < rounds; ++i) co_await host->later();
  throw std::runtime_error(reason);
}

Task<int> log(FakeHost* host, std::string name, std::string* events) {
  *events += "+" + name;
  co_await host->later();
  *events += "-" + name;
  co_return 0;
}

Task<std::shared_ptr<int>> hold(FakeHost* host, std::shared_ptr<int> held) {
  co_await host->later();
  co_return held;
}

Task<std::unique_ptr<int>> own(int value) { co_return std::make_unique<int>(value); }

}  // namespace

TEST_CASE("whenAll of nothing gives nothing, at once") { CHECK(sync(whenAll(std::vector<Task<int>>())).empty()); }

TEST_CASE("whenAll gives results in the order of the tasks, whichever ends first") {
  FakeHost host;
  std::vector<Task<int>> tasks;
  tasks.push_back(after(&host, 3, 1));
  tasks.push_back(ready(2));
  tasks.push_back(after(&host, 1, 3));
  CHECK(host.finish(whenAll(std::move(tasks))) == std::vector{1, 2, 3});
}

TEST_CASE("whenAll starts every task before any of them ends") {
  FakeHost host;
  std::string events;
  std::vector<Task<int>> tasks;
  tasks.push_back(log(&host, "a", &events));
  tasks.push_back(log(&host, "b", &events));
  host.finish(whenAll(std::move(tasks)));
  CHECK(events == "+a+b-a-b");
}

TEST_CASE("whenAll waits for every task when one fails, then rethrows the failure of the first in order") {
  FakeHost host;
  std::string events;
  std::vector<Task<int>> tasks;
  tasks.push_back(log(&host, "a", &events));
  tasks.push_back(failAfter(&host, 2, "late"));
  tasks.push_back(failAfter(&host, 0, "early"));
  Started<std::vector<int>> all(whenAll(std::move(tasks)));
  host.deliver();
  CHECK_FALSE(all.done());
  host.deliverAll();
  CHECK(events == "+a-a");
  CHECK(messageOf([&] { all.result(); }) == "late");
}

TEST_CASE("destroying whenAll half-way destroys the tasks that wait and the results that are there") {
  FakeHost host;
  auto held = std::make_shared<int>(0);
  {
    std::vector<Task<std::shared_ptr<int>>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(hold(&host, held));
    Started<std::vector<std::shared_ptr<int>>> all(whenAll(std::move(tasks)));
    host.deliver();
    CHECK(held.use_count() > 1);
  }
  CHECK(held.use_count() == 1);
  CHECK(host.waiting() == 0);
  CHECK_FALSE(host.deliver());
}

TEST_CASE("whenAll carries results that can only be moved") {
  std::vector<Task<std::unique_ptr<int>>> tasks;
  tasks.push_back(own(1));
  tasks.push_back(own(2));
  auto results = sync(whenAll(std::move(tasks)));
  CHECK(*results[0] + *results[1] == 3);
}

TEST_CASE("whenAll takes a thousand tasks, ready or waiting") {
  FakeHost host;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(after(&host, i % 3, i));
  auto results = host.finish(whenAll(std::move(tasks)));
  CHECK(results.size() == 1000);
  CHECK(results[999] == 999);
}
