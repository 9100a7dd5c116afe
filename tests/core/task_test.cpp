#include "agents/task.h"

#include "support/fake_host.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace agents;
using namespace agents::testing;

namespace {

struct Mark {
  explicit Mark(int* count) : count(count) {}
  Mark(const Mark&) = delete;
  ~Mark() { ++*count; }
  int* count;
};

Task<int> ready(int value) { co_return value; }

Task<> count(int* started) {
  ++*started;
  co_return;
}

Task<int> later(FakeHost* host, int value) {
  co_await host->later();
  co_return value;
}

Task<> holdWhileWaiting(FakeHost* host, int* destroyed) {
  Mark mark(destroyed);
  co_await host->later();
}

Task<> nest(FakeHost* host, int depth, int* destroyed) {
  Mark mark(destroyed);
  if (depth > 0) co_return co_await nest(host, depth - 1, destroyed);
  co_await host->later();
}

struct Log {
  Log(std::vector<std::string>* lines, std::string name) : lines(lines), name(std::move(name)) {}
  Log(const Log&) = delete;
  ~Log() { lines->push_back(name); }
  std::vector<std::string>* lines;
  std::string name;
};

Task<> inner(FakeHost* host, std::vector<std::string>* lines) {
  Log log(lines, "inner");
  co_await host->later();
}

Task<> outer(FakeHost* host, std::vector<std::string>* lines) {
  Log log(lines, "outer");
  auto task = inner(host, lines);
  co_await std::move(task);
}

Task<int> fail(std::string reason) {
  throw std::runtime_error(reason);
  co_return 0;
}

Task<int> failLater(FakeHost* host, std::string reason) {
  co_await host->later();
  co_return co_await fail(std::move(reason));
}

Task<std::string> recover(Task<int> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& error) {
    co_return error.what();
  }
  co_return "nothing failed";
}

Task<long> sumOfReady(int times) {
  long sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await ready(1);
  co_return sum;
}

Task<long> sumOfLater(FakeHost* host, int times) {
  long sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await later(host, 1);
  co_return sum;
}

Task<std::unique_ptr<int>> own(int value) { co_return std::make_unique<int>(value); }

}  // namespace

TEST_CASE("a task that is never awaited never starts, and its arguments are destroyed with it") {
  int started = 0;
  {
    auto task = count(&started);
  }
  CHECK(started == 0);
}

TEST_CASE("a task gives its result to the one who awaits it") {
  CHECK(sync(ready(7)) == 7);
  CHECK(*sync(own(8)) == 8);
}

TEST_CASE("a task that waits goes on when the host completes, not before") {
  FakeHost host;
  Started<int> task(later(&host, 3));
  CHECK_FALSE(task.done());
  CHECK(host.deliver());
  CHECK(task.done());
  CHECK(task.result() == 3);
}

TEST_CASE("destroying a suspended task runs the destructors of its frame") {
  FakeHost host;
  int destroyed = 0;
  {
    Started<Done> task(valued(holdWhileWaiting(&host, &destroyed)));
    CHECK(destroyed == 0);
  }
  CHECK(destroyed == 1);
  CHECK(host.waiting() == 0);
}

TEST_CASE("what a task waits for is destroyed before what the task itself has") {
  FakeHost host;
  std::vector<std::string> lines;
  {
    Started<Done> task(valued(outer(&host, &lines)));
  }
  CHECK(lines == std::vector<std::string>{"inner", "outer"});
}

TEST_CASE("destroying a task destroys all tasks that it waits for") {
  FakeHost host;
  int destroyed = 0;
  {
    Started<Done> task(valued(nest(&host, 9, &destroyed)));
  }
  CHECK(destroyed == 10);
}

TEST_CASE("a reply that comes after cancellation is ignored") {
  FakeHost host;
  {
    Started<int> task(later(&host, 1));
  }
  CHECK(host.queued() == 1);
  CHECK_FALSE(host.deliver());
}

TEST_CASE("an exception reaches the one who awaits, at once or later") {
  FakeHost host;
  CHECK(sync(recover(fail("at once"))) == "at once");
  CHECK(host.finish(recover(failLater(&host, "later"))) == "later");
  CHECK(messageOf([&] { host.finish(failLater(&host, "outside")); }) == "outside");
}

TEST_CASE("100,000 ready awaits in a loop use no stack") { CHECK(sync(sumOfReady(100'000)) == 100'000); }

TEST_CASE("10,000 awaits of the host in a loop use no stack") {
  FakeHost host;
  CHECK(host.finish(sumOfLater(&host, 10'000)) == 10'000);
}

TEST_CASE("a task can be moved before it is awaited") {
  auto first = ready(1);
  auto second = ready(2);
  std::swap(first, second);
  first = ready(3);
  CHECK(sync(std::move(first)) == 3);
  CHECK(sync(std::move(second)) == 1);
}
