#include "agents/json_text.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

// The conversation of one process, and what is written down of its runs.
struct World {
  FakeHost host;
  Trace trace;
  std::shared_ptr<Store> store = makeMemoryStore();
  Process process{&host, store};

  std::vector<std::string> records() {
    auto text = "[" + sync(store->read({"c", "usage"})).items.text.text() + "]";
    std::vector<std::string> records;
    for (auto item : json::elements(text)) records.emplace_back(item);
    return records;
  }
};

std::string statusOf(const std::string& record) { return json::stringMember(record, "status").value_or(""); }

std::vector<std::string> turnsOf(const std::string& record) {
  std::vector<std::string> turns;
  for (auto turn : json::elements(json::member(record, "turns").value_or("[]"))) turns.emplace_back(turn);
  return turns;
}

std::string countOf(const std::string& turn, std::string_view name) {
  return std::string(json::member(json::member(turn, "usage").value_or("{}"), name).value_or(""));
}

}  // namespace

TEST_CASE("a run writes down what each answer cost, in the change that makes it part of the history") {
  for (auto persistence : {Persistence::Run, Persistence::PerTurn}) {
    World world;
    Attempt attempt(&world.host, &world.trace, {{{call("c1", "add")}}, {{said("hi")}}});
    attempt.addTool("add");
    attempt.record.persistence = persistence;
    attempt.finish(world.process, "\"q\"");
    auto records = world.records();
    REQUIRE(records.size() == 1);
    CHECK(json::stringMember(records[0], "type") == "agents_wasm.usage");
    CHECK(json::stringMember(records[0], "runId") == "r1");
    CHECK(statusOf(records[0]) == "completed");
    CHECK(json::member(records[0], "ms"));
    auto turns = turnsOf(records[0]);
    REQUIRE(turns.size() == 2);
    CHECK(json::member(turns[0], "turn") == "1");
    CHECK(json::stringMember(turns[0], "agent") == "A");
    CHECK(json::stringMember(turns[0], "model") == "m");
    CHECK(countOf(turns[0], "inputTokens") == "10");
    CHECK(json::member(turns[1], "turn") == "2");
    CHECK(countOf(turns[1], "outputTokens") == "5");
  }
}

TEST_CASE("what is written down of the usage takes no batch of its own, and is no part of the history") {
  World world;
  Attempt attempt(&world.host, &world.trace, {{{said("hi")}}});
  attempt.addTool("add");
  attempt.finish(world.process, "\"q\"");
  CHECK(world.process.store->batches == 3);
  CHECK(show(sync(world.store->read({"c"})).items) == "user:q, assistant:hi");
}

TEST_CASE("a run that fails writes down what it had cost, and one that no model answered writes nothing") {
  World world;
  auto down = AgentsError(ErrorCode::ApiError, "down");
  Attempt silent(&world.host, &world.trace, {{{}, down}});
  silent.addTool("add");
  CHECK(codeOf([&] { silent.finish(world.process, "\"q\""); }) == ErrorCode::ApiError);
  CHECK(world.records().empty());
  Attempt failing(&world.host, &world.trace, {{{call("c1", "add")}}, {{}, down}});
  failing.addTool("add");
  failing.record.runId = "r2";
  CHECK(codeOf([&] { failing.finish(world.process, "\"q\""); }) == ErrorCode::ApiError);
  auto records = world.records();
  REQUIRE(records.size() == 1);
  CHECK(statusOf(records[0]) == "failed");
  CHECK(turnsOf(records[0]).size() == 1);
}

TEST_CASE("a run that is stopped writes down that it was, once, whether or not it keeps what it has got") {
  for (bool keepsPartial : {false, true}) {
    World world;
    Attempt attempt(&world.host, &world.trace, {{{call("c1", "add")}}});
    attempt.addTool("add");
    attempt.setup.keepsPartial = keepsPartial;
    attempt.start(world.process, "\"q\"");
    for (int i = 0; i < 4; ++i) world.host.deliver();
    attempt.run->cancel();
    world.host.deliverAll();
    CHECK(codeOf([&] { attempt.started->result(); }) == ErrorCode::Aborted);
    auto records = world.records();
    REQUIRE(records.size() == 1);
    CHECK(statusOf(records[0]) == "stopped");
  }
}

TEST_CASE("a run that waits for an approval writes down both of its parts under its id") {
  for (auto persistence : {Persistence::Run, Persistence::PerTurn}) {
    World world;
    Attempt first(&world.host, &world.trace, {{{call("c1", "add")}}});
    first.addTool("add", sum, false, Approval::Always);
    first.record.persistence = persistence;
    auto waiting = first.finish(world.process, "\"q\"");
    REQUIRE(waiting.interruptions.size() == 1);
    CHECK(statusOf(world.records().at(0)) == "awaiting_approval");

    Attempt again(&world.host, &world.trace, {{{said("hi")}}});
    again.addTool("add");
    again.record.persistence = persistence;
    again.record.resume = "r1";
    again.setup.decisions.push_back({"c1", "add", true});
    if (persistence == Persistence::PerTurn) {
      again.record.earlier = {{{"", "r1", 0}, waiting.input}};
      for (const auto& batch : waiting.newItems) again.record.earlier.push_back(batch);
      again.record.waiting = {"c1"};
      again.record.expectVersion = waiting.version;
    }
    CHECK(again.finish(world.process, "[]").finalOutput == "hi");
    auto records = world.records();
    REQUIRE(records.size() == 2);
    CHECK(json::stringMember(records[1], "runId") == "r1");
    CHECK(statusOf(records[1]) == "completed");
    CHECK(countOf(turnsOf(records[1]).at(0), "inputTokens") == "10");
  }
}
