#include "agents/run.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

ToolResult did(const ToolCall& call) { return ToolResult::ok("did " + call.callId); }

// Runs of one conversation on a store of ours, one after the other.
struct Story {
  std::shared_ptr<Store> store = makeMemoryStore();

  std::string history() const { return show(sync(store->read({"c"})).items); }
  std::string journal() const { return show(sync(store->read({"c", "run:r"})).items); }
};

void begin(Story& story, Stage& stage, const std::string& input = "\"do\"") {
  Process process(&stage.host, story.store);
  stage.startOn(makeStoreRecord(process.session, stage.recordSetup()), input);
  stage.host.deliverAll();
}

std::optional<ErrorCode> outcome(Stage& stage) {
  return codeOf([&] { stage.started->result(); });
}

void resume(Stage& stage) { stage.record.resume = "r"; }

}  // namespace

TEST_CASE("a call that needs an approval interrupts the run behind its siblings, and the history stays as it was") {
  Story story;
  Stage stage({{{call("c0", "add"), call("c1", "danger")}}});
  stage.addTool("add", sum);
  stage.addTool("danger", did, Approval::Always);
  begin(story, stage);
  auto result = stage.started->result();
  REQUIRE(result.interruptions.size() == 1);
  CHECK(show(result.interruptions[0].item) == "call:danger({})#c1");
  CHECK(story.history().empty());
  CHECK(story.journal() == "user:do, call:add({})#c0, call:danger({})#c1, output:0#c0");
  Process process(&stage.host, story.store);
  auto runs = stage.host.finish(process.session->openRuns("c"));
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].state == OpenRun::State::AwaitingApproval);
  CHECK(runs[0].waiting == std::vector<std::string>{"c1"});
}

TEST_CASE("an approved call is made when the run is taken up, and the whole enters the history once") {
  Story story;
  Stage first({{{call("c0", "add"), call("c1", "danger")}}});
  first.addTool("add", sum);
  first.addTool("danger", did, Approval::Always);
  begin(story, first);
  Stage second({{{said("ok")}}});
  second.addTool("add", sum);
  second.addTool("danger", did, Approval::Always);
  second.setup.decisions = {{"c1", "danger", true}};
  resume(second);
  begin(story, second, "[]");
  auto result = second.started->result();
  CHECK(result.finalOutput == "ok");
  CHECK(result.responses.size() == 1);
  CHECK(story.history() == "user:do, call:add({})#c0, call:danger({})#c1, output:0#c0, output:did c1#c1, assistant:ok");
  CHECK(story.journal().empty());

  Stage third({});
  third.addTool("danger", did, Approval::Always);
  third.setup.decisions = {{"c1", "danger", true}};
  resume(third);
  begin(story, third, "[]");
  CHECK(outcome(third) == ErrorCode::RunSuperseded);
}

TEST_CASE("a rejected call is answered with the message that was given, else in words of ours") {
  for (std::string message : {"", "Not today."}) {
    Story story;
    Stage first({{{call("c1", "danger")}}});
    first.addTool("danger", did, Approval::Always);
    begin(story, first);
    Stage second({{{said("ok")}}});
    second.addTool("danger", did, Approval::Always);
    second.setup.decisions = {{"c1", "danger", false, message}};
    resume(second);
    begin(story, second, "[]");
    CHECK(second.started->result().finalOutput == "ok");
    CHECK(story.history() ==
          "user:do, call:danger({})#c1, output:" + (message.empty() ? "Tool execution was not approved." : message) +
              "#c1, assistant:ok");
  }
}

TEST_CASE("calls that stay undecided interrupt again, and those that are decided are made meanwhile") {
  Story story;
  Stage first({{{call("c1", "danger"), call("c2", "danger")}}});
  first.addTool("danger", did, Approval::Always);
  begin(story, first);
  CHECK(first.started->result().interruptions.size() == 2);
  Stage second({});
  second.addTool("danger", did, Approval::Always);
  second.setup.decisions = {{"c2", "danger", true}};
  resume(second);
  begin(story, second, "[]");
  auto result = second.started->result();
  REQUIRE(result.interruptions.size() == 1);
  CHECK(show(result.interruptions[0].item) == "call:danger({})#c1");
  CHECK(story.journal() == "user:do, call:danger({})#c1, call:danger({})#c2, output:did c2#c2");
}

TEST_CASE("a decision on all calls of a tool holds for later calls of the run too") {
  Stage stage({{{call("c1", "danger")}}, {{call("c2", "danger")}}, {{said("ok")}}});
  stage.addTool("danger", did, Approval::Always);
  stage.setup.decisions = {{"", "danger", true}};
  CHECK(stage.finish("\"do\"").finalOutput == "ok");
}

TEST_CASE("the caller may decide for each call whether it needs an approval") {
  Stage stage({{{call("c1", "danger", R"({"x":1})"), call("c2", "danger")}}});
  stage.addTool("danger", did, Approval::Ask);
  stage.callbacks->on(
      "approval", [](const std::string&, const std::string& body) { return body == R"({"x":1})" ? "true" : "false"; });
  auto result = stage.finish("\"do\"");
  REQUIRE(result.interruptions.size() == 1);
  CHECK(show(result.interruptions[0].item) == "call:danger({\"x\":1})#c1");
}

TEST_CASE(
    "a crash while an approved call is at work leaves its outcome unknown, and one that still waited waits again") {
  Story story;
  Stage first({{{call("c1", "danger"), call("c2", "danger")}}});
  first.addTool("danger", did, Approval::Always);
  begin(story, first);
  {
    Stage second({});
    second.addTool("danger", did, Approval::Always);
    second.setup.decisions = {{"c1", "danger", true}};
    resume(second);
    Process process(&second.host, story.store);
    second.startOn(makeStoreRecord(process.session, second.recordSetup()), "[]");
    while (second.trace.empty()) second.host.deliver();
    CHECK(second.trace.back() == "+danger({})#c1");
  }
  Stage third({});
  third.addTool("danger", did, Approval::Always);
  resume(third);
  begin(story, third, "[]");
  auto result = third.started->result();
  REQUIRE(result.interruptions.size() == 1);
  CHECK(show(result.interruptions[0].item) == "call:danger({})#c2");
  CHECK(story.journal().starts_with("user:do, call:danger({})#c1, call:danger({})#c2, output:Outcome unknown"));
}

TEST_CASE("a new run makes an interrupted one part of the history, with what was not approved answered") {
  Story story;
  Stage first({{{call("c1", "danger")}}});
  first.addTool("danger", did, Approval::Always);
  begin(story, first);
  Stage second({{{said("ok")}}});
  second.setup.runId = "r2";
  begin(story, second, "\"never mind\"");
  CHECK(story.history() == "user:do, call:danger({})#c1, output:aborted#c1, user:never mind, assistant:ok");
}

TEST_CASE("what the user adds to an interrupted run comes behind the outputs, once") {
  Story story;
  Stage first({{{call("c1", "danger")}}});
  first.addTool("danger", did, Approval::Always);
  begin(story, first);
  Stage second({{{said("ok")}}});
  second.addTool("danger", did, Approval::Always);
  second.setup.decisions = {{"c1", "danger", true}};
  second.setup.addedInput = parseItems("\"late note\"", "input");
  resume(second);
  begin(story, second, "[]");
  CHECK(second.trace.back() == "model(user:do, call:danger({})#c1, output:did c1#c1, user:late note)");
  CHECK(story.history() == "user:do, call:danger({})#c1, output:did c1#c1, user:late note, assistant:ok");
}

TEST_CASE("a handoff beside a call that waits is taken when the run goes on") {
  Story story;
  auto equip = [](Stage& stage) {
    stage.addTool("danger", did, Approval::Always);
    stage.agent.handoffs = {{"transfer_to_b", R"({"type":"function","name":"transfer_to_b"})", 1}};
    stage.others = {Agent{"B", "I am B.", "m2", "", {}}};
  };
  Stage first({{{call("c1", "danger"), call("h1", "transfer_to_b")}}});
  equip(first);
  begin(story, first);
  CHECK(first.started->result().interruptions.size() == 1);
  Stage second({{{said("by B")}}});
  equip(second);
  second.setup.decisions = {{"c1", "danger", true}};
  resume(second);
  begin(story, second, "[]");
  CHECK(second.started->result().lastAgent == "B");
  CHECK(story.history() ==
        "user:do, call:danger({})#c1, call:transfer_to_b({})#h1, output:did c1#c1, output:{\"assistant\":\"B\"}#h1, "
        "assistant:by B");
}

TEST_CASE("without a journal an interrupted run goes on from what its caller kept of it") {
  for (bool hasSession : {false, true}) {
    CAPTURE(hasSession);
    Stage first({{{call("c1", "danger")}}});
    first.addTool("danger", did, Approval::Always);
    first.record.persistence = Persistence::PerTurn;
    if (!hasSession) first.session = nullptr;
    auto interrupted = first.finish("\"do\"");
    if (hasSession) CHECK(first.stored() == "user:do, call:danger({})#c1");

    Stage second({{{said("ok")}}});
    second.addTool("danger", did, Approval::Always);
    second.record.persistence = Persistence::PerTurn;
    if (hasSession) {
      second.session->stored = first.session->stored;
    } else {
      second.session = nullptr;
    }
    second.record.resume = "r";
    second.record.earlier.push_back({{"", "r", 0}, interrupted.input});
    for (const auto& batch : interrupted.newItems) second.record.earlier.push_back(batch);
    second.record.waiting = {"c1"};
    second.setup.decisions = {{"c1", "danger", true}};
    CHECK(second.finish("[]").finalOutput == "ok");
    Items sent;
    sent.text = second.model->requests[0].input;
    CHECK(show(sent) == "user:do, call:danger({})#c1, output:did c1#c1");
    if (hasSession) CHECK(second.stored() == "user:do, call:danger({})#c1, output:did c1#c1, assistant:ok");
  }
}
