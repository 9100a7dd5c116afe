#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

using State = OpenRun::State;

// One conversation over the life of several processes.
struct World {
  FakeHost host;
  Trace trace;
  std::shared_ptr<Store> store = makeMemoryStore();

  Process process(std::int64_t leaseMs = 0) { return Process(&host, store, leaseMs); }
  Attempt attempt(std::deque<Reply> script) { return Attempt(&host, &trace, std::move(script)); }

  std::string history() { return show(sync(store->read({"c"})).items); }
  std::string journal(const std::string& runId = "r1") { return show(sync(store->read({"c", "run:" + runId})).items); }
  std::vector<OpenRun> openRuns(const Process& process) { return host.finish(process.session->openRuns("c")); }
  State state(const Process& process) {
    auto runs = openRuns(process);
    REQUIRE(runs.size() == 1);
    return runs[0].state;
  }
};

std::optional<ErrorCode> outcome(Attempt& attempt) {
  return codeOf([&] { attempt.started->result(); });
}

}  // namespace

TEST_CASE("a run of one turn takes three batches, and nothing of it is left beside the history") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("hi")}}});
  attempt.finish(process, "\"q\"");
  CHECK(process.store->batches == 3);
  CHECK(world.history() == "user:q, assistant:hi");
  CHECK(world.openRuns(process).empty());
  auto page = sync(world.store->read({"c", "", 0, std::nullopt, std::nullopt, {}, "run:"}));
  CHECK_FALSE(page.lease);
}

TEST_CASE("the input, a response before its tools start and each output as it comes are in the journal") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{call("c1", "add"), call("c2", "add")}}, {{said("hi")}}});
  attempt.addTool("add");
  attempt.start(process, "\"q\"");
  auto deliver = [&](int times) {
    for (int i = 0; i < times; ++i) world.host.deliver();
  };
  deliver(2);
  CHECK(world.journal() == "user:q");
  deliver(1);
  CHECK(world.trace == Trace{"model(user:q)"});
  deliver(1);
  CHECK(world.journal() == "user:q, call:add({})#c1, call:add({})#c2");
  CHECK(world.trace.size() == 3);
  deliver(3);
  CHECK(world.journal() == "user:q, call:add({})#c1, call:add({})#c2, output:0#c1");
  CHECK(world.history().empty());
  world.host.deliverAll();
  CHECK(world.history() == "user:q, call:add({})#c1, call:add({})#c2, output:0#c1, output:0#c2, assistant:hi");
  CHECK(world.journal().empty());
}

TEST_CASE("a run that fails leaves the history as it was and itself as an open run") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{call("c1", "add")}}, {{}, AgentsError(ErrorCode::ApiError, "secret")}});
  attempt.addTool("add");
  CHECK(codeOf([&] { attempt.finish(process, "\"q\""); }) == ErrorCode::ApiError);
  CHECK(world.history().empty());
  auto runs = world.openRuns(process);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].runId == "r1");
  CHECK(runs[0].state == State::Failed);
  CHECK(runs[0].agent == "A");
  CHECK(runs[0].error == "api_error");
  CHECK(show(runs[0].batches[0].items) == "user:q");
  CHECK(show(runs[0].batches[1].items) == "call:add({})#c1, output:0#c1");
}

TEST_CASE("a run that is stopped leaves itself as an open run that says so") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("never")}}});
  attempt.start(process, "\"q\"");
  for (int i = 0; i < 2; ++i) world.host.deliver();
  attempt.run->cancel();
  world.host.deliverAll();
  CHECK(outcome(attempt) == ErrorCode::Aborted);
  CHECK(world.state(process) == State::Stopped);
}

TEST_CASE("a retry after a failure before any tool does not double the user's message") {
  World world;
  auto process = world.process();
  auto first = world.attempt({{{}, AgentsError(ErrorCode::ApiError, "down")}});
  CHECK(codeOf([&] { first.finish(process, "\"q\""); }) == ErrorCode::ApiError);
  auto second = world.attempt({{{said("hi")}}});
  second.record.runId = "r2";
  second.finish(process, "\"q\"");
  CHECK(world.history() == "user:q, assistant:hi");
  CHECK(world.openRuns(process).empty());
}

TEST_CASE("a new run makes a crashed one with tool calls part of the history, and the model sees it") {
  World world;
  {
    auto process = world.process();
    auto crashed = world.attempt({{{call("c1", "add"), call("c2", "add")}}});
    crashed.addTool("add");
    crashed.start(process, "\"q\"");
    for (int i = 0; i < 7; ++i) world.host.deliver();
  }
  world.host.deliverAll();
  auto process = world.process();
  CHECK(world.state(process) == State::Crashed);
  auto next = world.attempt({{{said("hi")}}});
  next.record.runId = "r2";
  next.finish(process, "\"again\"");
  auto settled = "user:q, call:add({})#c1, call:add({})#c2, output:0#c1, output:aborted#c2";
  CHECK(world.trace.back() == std::string("model(") + settled + ", user:again)");
  CHECK(world.history() == std::string(settled) + ", user:again, assistant:hi");
}

TEST_CASE("a crashed run is taken up again: what had started is not repeated, unless its tool says that it may be") {
  for (bool idempotent : {false, true}) {
    CAPTURE(idempotent);
    World world;
    {
      auto process = world.process();
      auto crashed = world.attempt({{{call("c1", "add", R"({"a":1})")}}});
      crashed.addTool("add");
      crashed.start(process, "\"q\"");
      for (int i = 0; i < 4; ++i) world.host.deliver();
    }
    world.host.deliverAll();
    world.trace.clear();
    auto process = world.process();
    auto again = world.attempt({{{said("hi")}}});
    again.addTool("add", sum, idempotent);
    again.record.resume = "";
    auto result = again.finish(process, "[]");
    CHECK(result.runId == "r1");
    CHECK(result.finalOutput == "hi");
    CHECK((world.trace[0] == "+add({\"a\":1})#c1") == idempotent);
    auto said = idempotent ? std::string("output:1#c1") : std::string("output:Outcome unknown");
    CHECK_MESSAGE(world.history().find(said) != std::string::npos, world.history());
    CHECK(world.history().starts_with("user:q, call:add"));
    CHECK(world.history().ends_with("assistant:hi"));
    CHECK(world.openRuns(process).empty());
  }
}

TEST_CASE("a run that was overtaken by a newer one cannot be resumed") {
  World world;
  auto process = world.process();
  auto failed = world.attempt({{{}, AgentsError(ErrorCode::ApiError, "down")}});
  CHECK(codeOf([&] { failed.finish(process, "\"q\""); }) == ErrorCode::ApiError);
  auto newer = world.attempt({{{said("hi")}}});
  newer.record.runId = "r2";
  newer.finish(process, "\"q\"");
  auto late = world.attempt({});
  late.record.resume = "r1";
  CHECK(codeOf([&] { late.finish(process, "[]"); }) == ErrorCode::RunSuperseded);
  auto nothing = world.attempt({});
  nothing.record.resume = "";
  CHECK(codeOf([&] { nothing.finish(process, "[]"); }) == ErrorCode::SessionNotFound);
}

TEST_CASE("an open run can be made part of the history or forgotten") {
  for (bool commit : {true, false}) {
    CAPTURE(commit);
    World world;
    auto process = world.process();
    auto stopped = world.attempt({{{call("c1", "add")}}});
    stopped.addTool("add");
    stopped.start(process, "\"q\"");
    for (int i = 0; i < 4; ++i) world.host.deliver();
    stopped.run->cancel();
    world.host.deliverAll();
    if (commit) {
      world.host.finish(process.session->commitRun("c", "r1"));
    } else {
      world.host.finish(process.session->discardRun("c", "r1"));
    }
    CHECK(world.history() == (commit ? "user:q, call:add({})#c1, output:aborted#c1" : ""));
    CHECK(world.openRuns(process).empty());
    CHECK(codeOf([&] { world.host.finish(process.session->commitRun("c", "r1")); }) == ErrorCode::RunSuperseded);
  }
}

TEST_CASE("a run at work can be neither discarded nor made part of the history") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("hi")}}});
  attempt.start(process, "\"q\"");
  for (int i = 0; i < 2; ++i) world.host.deliver();
  Started<Done> discard(valued(process.session->discardRun("c", "r1")));
  Started<Done> commit(valued(process.session->commitRun("c", "r1")));
  while (!discard.done() || !commit.done()) world.host.deliver();
  CHECK(codeOf([&] { discard.result(); }) == ErrorCode::ConversationBusy);
  CHECK(codeOf([&] { commit.result(); }) == ErrorCode::ConversationBusy);
  world.host.deliverAll();
  CHECK(attempt.started->result().finalOutput == "hi");
}

TEST_CASE("runs of one conversation wait for each other, in the order in which they came") {
  World world;
  auto process = world.process();
  std::vector<std::unique_ptr<Attempt>> attempts;
  for (int i = 1; i <= 3; ++i) {
    attempts.push_back(std::make_unique<Attempt>(&world.host, &world.trace, std::deque<Reply>{{{said("hi")}}}));
    attempts.back()->record.runId = "r" + std::to_string(i);
    attempts.back()->record.busyTimeout = 60'000;
    attempts.back()->start(process, "\"q" + std::to_string(i) + "\"");
  }
  // The timers of those who wait would ring in this queue: only the first may come to its end by itself.
  attempts[1]->run->cancel();
  CHECK(outcome(*attempts[1]) == ErrorCode::Aborted);
  while (!attempts[0]->started->done()) world.host.deliver();
  CHECK(attempts[0]->started->result().finalOutput == "hi");
  CHECK(world.history() == "user:q1, assistant:hi");
}

TEST_CASE("a run that finds another one at work fails at once when it may not wait") {
  World world;
  auto process = world.process();
  auto first = world.attempt({{{said("hi")}}});
  first.start(process, "\"q\"");
  auto second = world.attempt({});
  second.record.runId = "r2";
  second.start(process, "\"q\"");
  CHECK(second.started->done());
  CHECK(outcome(second) == ErrorCode::ConversationBusy);
  world.host.deliverAll();
  CHECK(first.started->result().finalOutput == "hi");
}

TEST_CASE("another process waits for the lease, and takes over what has run out") {
  World world;
  auto here = world.process(60'000);
  auto there = world.process(60'000);
  auto first = world.attempt({{{said("hi")}}});
  first.start(here, "\"q\"");
  for (int i = 0; i < 2; ++i) world.host.deliver();
  auto second = world.attempt({});
  second.record.runId = "r2";
  second.start(there, "\"q\"");
  while (!second.started->done()) world.host.deliver();
  CHECK(outcome(second) == ErrorCode::ConversationBusy);
}

TEST_CASE("deleting a conversation stops its run, which cannot bring it back") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("hi")}}});
  attempt.start(process, "\"q\"");
  for (int i = 0; i < 2; ++i) world.host.deliver();
  Change removal{"op"};
  removal.edits.push_back(edit::Delete{});
  Started<Applied> removed(process.session->apply("c", std::move(removal)));
  world.host.deliverAll();
  CHECK(outcome(attempt) == ErrorCode::RunSuperseded);
  CHECK(sync(world.store->list({})).conversations.empty());
}

TEST_CASE("a conversation that another process deleted stays deleted when the run commits") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("hi")}}});
  attempt.start(process, "\"q\"");
  for (int i = 0; i < 2; ++i) world.host.deliver();
  Change deletion{"op"};
  deletion.edits.push_back(edit::Delete{});
  sync(world.store->apply("c", deletion));
  world.host.deliverAll();
  CHECK(outcome(attempt) == ErrorCode::RunSuperseded);
  CHECK(sync(world.store->list({})).conversations.empty());
}

TEST_CASE("a commit that fails leaves the history as it was and the next run goes on") {
  World world;
  auto process = world.process();
  process.store->brokenFrom = 3;
  auto attempt = world.attempt({{{said("hi")}}});
  CHECK(codeOf([&] { attempt.finish(process, "\"q\""); }) == ErrorCode::SessionQuota);
  CHECK(world.history().empty());
  process.store->brokenFrom.reset();
  CHECK(world.state(process) == State::Crashed);
  auto next = world.attempt({{{said("hi")}}});
  next.record.runId = "r2";
  next.finish(process, "\"q\"");
  CHECK(world.history() == "user:q, assistant:hi");
}

TEST_CASE("a stopped run that keeps what it has got enters the history, and the answer so far with it") {
  World world;
  auto process = world.process();
  auto attempt = world.attempt({{{said("never")},
                                 std::nullopt,
                                 {R"({"type":"response.output_text.delta","item_id":"m1","delta":"Hel"})",
                                  R"({"type":"response.output_text.delta","item_id":"m1","delta":"lo"})"}}});
  attempt.setup.delivery = Delivery::Streamed;
  attempt.setup.keepsPartial = true;
  attempt.start(process, "\"q\"");
  Started<std::optional<std::string>> reader(attempt.run->events().next());
  attempt.model->pausesBehindEvents = true;
  for (int i = 0; i < 3; ++i) world.host.deliver();
  attempt.run->cancel();
  world.host.deliverAll();
  CHECK(outcome(attempt) == ErrorCode::Aborted);
  CHECK(world.history() == "user:q, assistant:Hello");
  auto text = sync(world.store->read({"c"})).items.text.text();
  CHECK(text.find(R"("status":"incomplete")") != std::string::npos);
  CHECK(world.openRuns(process).empty());
}

TEST_CASE("turn by turn the history grows as the Python SDK lets it grow") {
  World world;
  auto process = world.process();
  auto attempt =
      world.attempt({{{call("c1", "add")}}, {{call("c2", "add")}}, {{}, AgentsError(ErrorCode::ApiError, "down")}});
  attempt.addTool("add");
  attempt.record.persistence = Persistence::PerTurn;
  CHECK(codeOf([&] { attempt.finish(process, "\"q\""); }) == ErrorCode::ApiError);
  CHECK(world.history() == "user:q, call:add({})#c1, output:0#c1, call:add({})#c2, output:0#c2");
  CHECK(world.openRuns(process).empty());

  auto first = world.attempt({{{}, AgentsError(ErrorCode::ApiError, "down")}});
  first.record.persistence = Persistence::PerTurn;
  CHECK(codeOf([&] { first.finish(process, "\"again\""); }) == ErrorCode::ApiError);
  CHECK(world.history().ends_with("output:0#c2, user:again"));
}
