#include "agents/interruptible.h"

#include "support/fake_host.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using namespace agents;
using namespace agents::testing;

namespace {

Task<int> ready(int value) { co_return value; }

Task<int> later(FakeHost* host, std::shared_ptr<int> held, int value) {
  co_await host->later();
  *held += 1;
  co_return value;
}

Task<int> fail(FakeHost* host) {
  co_await host->later();
  throw std::runtime_error("oops");
}

// What is left to do after the interruptible part, as a run finishes its books.
Task<std::string> finishBooks(FakeHost* host, Interruptible* part, Task<int> task) {
  auto result = co_await part->run(std::move(task));
  co_await host->later();
  co_return result ? "ended with " + std::to_string(*result) : "interrupted";
}

}  // namespace

TEST_CASE("an interruptible task that is left alone gives its result") {
  FakeHost host;
  Interruptible part;
  auto held = std::make_shared<int>(0);
  CHECK(*sync(part.run(ready(1))) == 1);
  CHECK(*host.finish(part.run(later(&host, held, 2))) == 2);
  CHECK_FALSE(part.interrupted());
}

TEST_CASE("interrupting destroys the task at once, and the one who awaits it goes on") {
  FakeHost host;
  Interruptible part;
  auto held = std::make_shared<int>(0);
  Started<std::string> books(finishBooks(&host, &part, later(&host, held, 1)));
  part.interrupt();
  CHECK(held.use_count() == 1);
  CHECK_FALSE(books.done());
  host.deliverAll();
  CHECK(books.result() == "interrupted");
  CHECK(*held == 0);
}

TEST_CASE("a task that is interrupted before it starts never starts") {
  FakeHost host;
  Interruptible part;
  part.interrupt();
  auto held = std::make_shared<int>(0);
  CHECK_FALSE(sync(part.run(later(&host, held, 1))));
  CHECK(host.queued() == 0);
}

TEST_CASE("interrupting twice, or after the end, does nothing") {
  FakeHost host;
  Interruptible part;
  CHECK(*sync(part.run(ready(1))) == 1);
  part.interrupt();
  part.interrupt();
  CHECK(part.interrupted());
}

TEST_CASE("the failure of an interruptible task reaches the one who awaits it") {
  FakeHost host;
  Interruptible part;
  CHECK(messageOf([&] { host.finish(part.run(fail(&host))); }) == "oops");
}

TEST_CASE("destroying the one who awaits an interruptible task destroys the task with it") {
  FakeHost host;
  Interruptible part;
  auto held = std::make_shared<int>(0);
  {
    Started<std::string> books(finishBooks(&host, &part, later(&host, held, 1)));
  }
  CHECK(held.use_count() == 1);
  CHECK(host.waiting() == 0);
  CHECK_FALSE(host.deliver());
  part.interrupt();
  CHECK(*held == 0);
}
