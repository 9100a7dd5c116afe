#include "agents/run.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace agents;
using namespace agents::testing;

namespace {

FakeCallbacks::Work trip(ErrorCode code) {
  return [code](const std::string&, const std::string&) -> std::string { throw AgentsError(code, "Tripped."); };
}

std::optional<ErrorCode> outcome(Stage& stage) {
  return codeOf([&] { stage.finish("\"q\""); });
}

}  // namespace

TEST_CASE("a blocking input guardrail sees what the model would be sent, and the model is not asked when it trips") {
  for (auto persistence : {Persistence::Run, Persistence::PerTurn}) {
    Stage stage({});
    stage.session->stored = parseItems(R"([{"role":"user","content":"old"}])", "items");
    stage.record.persistence = persistence;
    stage.setup.asks.inputGuardrails = true;
    std::string seen;
    stage.callbacks->on("inputGuardrails", [&](const std::string&, const std::string& body) -> std::string {
      seen = show(parseItems(body, "items"));
      throw AgentsError(ErrorCode::InputGuardrailTripwire, "Tripped.");
    });
    CHECK(outcome(stage) == ErrorCode::InputGuardrailTripwire);
    CHECK(seen == "user:old, user:q");
    CHECK(stage.model->requests.empty());
    CHECK(stage.stored() == (persistence == Persistence::Run ? "user:old" : "user:old, user:q"));
  }
}

TEST_CASE(
    "a guardrail beside the model stops the run whether it trips before or after the answer, and no tool starts") {
  for (bool isSlow : {false, true}) {
    CAPTURE(isSlow);
    Stage stage({{{call("c1", "add")}}});
    stage.addTool("add", sum);
    stage.setup.asks.inputGuardrailsBeside = true;
    stage.callbacks->on("inputGuardrails", trip(ErrorCode::InputGuardrailTripwire));
    stage.model->pausesBehindEvents = !isSlow;
    CHECK(outcome(stage) == ErrorCode::InputGuardrailTripwire);
    CHECK(stage.model->requests.size() == 1);
    CHECK(stage.trace.back().starts_with("model("));
    CHECK(stage.host.waiting() == 0);
    CHECK(stage.stored().empty());
  }
}

TEST_CASE("guardrails look at the first turn only, and a run that they let pass goes on") {
  Stage stage({{{call("c1", "add")}}, {{said("ok")}}});
  stage.addTool("add", sum);
  stage.setup.asks.inputGuardrails = true;
  stage.setup.asks.inputGuardrailsBeside = true;
  CHECK(stage.finish("\"q\"").finalOutput == "ok");
  auto asked = std::count_if(stage.trace.begin(), stage.trace.end(),
                             [](const std::string& line) { return line.starts_with("inputGuardrails("); });
  CHECK(asked == 2);
}

TEST_CASE("stopping a run ends its guardrail and its model call") {
  Stage stage({{{said("never")}}});
  stage.setup.asks.inputGuardrailsBeside = true;
  stage.start("\"q\"");
  stage.host.deliver();
  CHECK(stage.host.waiting() == 2);
  stage.run->cancel();
  CHECK(stage.host.waiting() == 0);
  CHECK(codeOf([&] { stage.started->result(); }) == ErrorCode::Aborted);
}

TEST_CASE(
    "an answer that an output guardrail rejects is not stored, and what came before it is as the persistence says") {
  for (auto persistence : {Persistence::Run, Persistence::PerTurn}) {
    Stage stage({{{call("c1", "add")}}, {{said("SECRET")}}});
    stage.record.persistence = persistence;
    stage.addTool("add", sum);
    stage.agent.hasOutputGuardrails = true;
    std::string seen;
    stage.callbacks->on("outputGuardrails", [&](const std::string&, const std::string& body) -> std::string {
      seen = body;
      throw AgentsError(ErrorCode::OutputGuardrailTripwire, "Tripped.");
    });
    CHECK(outcome(stage) == ErrorCode::OutputGuardrailTripwire);
    CHECK(seen == "SECRET");
    CHECK(stage.stored() == (persistence == Persistence::Run ? "" : "user:q, call:add({})#c1, output:0#c1"));
  }
}

TEST_CASE("an output guardrail that fails without judging leaves the answer in a history that grows turn by turn") {
  Stage stage({{{said("SECRET")}}});
  stage.record.persistence = Persistence::PerTurn;
  stage.agent.hasOutputGuardrails = true;
  stage.callbacks->on("outputGuardrails", trip(ErrorCode::CallbackFailed));
  CHECK(outcome(stage) == ErrorCode::CallbackFailed);
  CHECK(stage.stored() == "user:q, assistant:SECRET");
}

TEST_CASE("a tool's output that was to be the final one and is rejected is withheld from what is stored") {
  Stage stage({{{call("c1", "add")}}});
  stage.record.persistence = Persistence::PerTurn;
  stage.addTool("add", sum);
  stage.agent.toolUse = ToolUse::StopOnFirst;
  stage.agent.hasOutputGuardrails = true;
  stage.callbacks->on("outputGuardrails", trip(ErrorCode::OutputGuardrailTripwire));
  CHECK(outcome(stage) == ErrorCode::OutputGuardrailTripwire);
  CHECK(stage.stored() == "user:q, call:add({})#c1, output:Output withheld by an output guardrail.#c1");
}

TEST_CASE("a rejected output of a tool is withheld from the journal too") {
  Stage stage({{{call("c1", "add")}}});
  stage.addTool("add", sum);
  stage.agent.toolUse = ToolUse::StopOnFirst;
  stage.agent.hasOutputGuardrails = true;
  stage.callbacks->on("outputGuardrails", trip(ErrorCode::OutputGuardrailTripwire));
  auto store = std::shared_ptr<Store>(makeMemoryStore());
  Process process(&stage.host, store);
  stage.startOn(makeStoreRecord(process.session, stage.recordSetup()), "\"q\"");
  stage.host.deliverAll();
  CHECK(codeOf([&] { stage.started->result(); }) == ErrorCode::OutputGuardrailTripwire);
  CHECK(show(sync(store->read({"c"})).items).empty());
  CHECK(show(sync(store->read({"c", "run:r"})).items) ==
        "user:q, call:add({})#c1, output:Output withheld by an output guardrail.#c1");
  auto runs = stage.host.finish(process.session->openRuns("c"));
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].state == OpenRun::State::Failed);
  CHECK(runs[0].error == "output_guardrail_tripwire");
}
