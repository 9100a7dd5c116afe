#include "agents/run.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

Handoff handoffTo(const std::string& name, std::size_t agent) {
  return {name, R"({"type":"function","name":")" + name + "\"}", agent};
}

// A hands over to B, and B back to A.
class StageOfTwo : public Stage {
 public:
  explicit StageOfTwo(std::deque<Reply> script) : Stage(std::move(script)) {
    agent.handoffs = {handoffTo("transfer_to_b", 1)};
    others = {Agent{"B", "I am B.", "m2", "", {}}};
    others[0].handoffs = {handoffTo("transfer_to_a", 0)};
  }
};

std::vector<std::string> agentsOf(const RunResult& result) {
  std::vector<std::string> agents;
  for (const auto& batch : result.newItems) agents.push_back(batch.origin.agent);
  return agents;
}

}  // namespace

TEST_CASE("a handoff is answered with the next agent's name, which goes on in the same run with all that was said") {
  StageOfTwo stage({{{call("h1", "transfer_to_b")}}, {{said("done by B")}}});
  auto result = stage.finish("\"go\"");
  CHECK(result.finalOutput == "done by B");
  CHECK(result.lastAgent == "B");
  CHECK(agentsOf(result) == std::vector<std::string>{"A", "A", "B"});
  CHECK(result.handoffCalls == std::vector<std::string>{"h1"});
  CHECK(stage.stored() == "user:go, call:transfer_to_b({})#h1, output:{\"assistant\":\"B\"}#h1, assistant:done by B");
  CHECK(stage.model->requests[0].tools == std::vector<std::string>{stage.agent.handoffs[0].definition});
  CHECK(stage.model->requests[1].instructions == "I am B.");
  CHECK(stage.model->requests[1].model == "m2");
  CHECK(stage.trace[2] == "model(user:go, call:transfer_to_b({})#h1, output:{\"assistant\":\"B\"}#h1)");
}

TEST_CASE("of several handoffs in one turn the first is taken, behind the outputs of the tools and of the others") {
  StageOfTwo stage({{{call("h1", "transfer_to_b"), call("c1", "add"), call("h2", "transfer_to_b")}}, {{said("x")}}});
  stage.addTool("add", sum);
  stage.finish("\"go\"");
  CHECK(stage.stored() ==
        "user:go, call:transfer_to_b({})#h1, call:add({})#c1, call:transfer_to_b({})#h2, output:0#c1, output:Multiple "
        "handoffs detected, ignoring this one.#h2, output:{\"assistant\":\"B\"}#h1, assistant:x");
}

TEST_CASE("the caller hears of a handoff before it happens, with the arguments that the model gave") {
  StageOfTwo stage({{{call("h1", "transfer_to_b", R"({"why":"x"})")}}, {{said("ok")}}});
  stage.agent.handoffs[0].isCalled = true;
  std::string heard;
  stage.callbacks->on("handoff", [&](const std::string&, const std::string& body) { return heard = body, ""; });
  stage.finish("\"go\"");
  CHECK(heard == R"({"why":"x"})");
  CHECK(stage.trace[2] == R"x(handoff("agent":0,"handoff":0,"callId":"h1"))x");
}

TEST_CASE("a handoff that its caller refuses fails the run, and nothing of it is stored") {
  StageOfTwo stage({{{call("h1", "transfer_to_b")}}});
  stage.agent.handoffs[0].isCalled = true;
  stage.callbacks->on("handoff", [](const std::string&, const std::string&) -> std::string {
    throw AgentsError(ErrorCode::ModelBehavior, "The input does not fit.");
  });
  CHECK(codeOf([&] { stage.finish("\"go\""); }) == ErrorCode::ModelBehavior);
  CHECK(stage.stored().empty());
}

TEST_CASE("a handoff's filter decides what the next agent is sent, and the history keeps all") {
  StageOfTwo stage({{{call("c1", "add")}}, {{call("h1", "transfer_to_b")}}, {{said("by B")}}});
  stage.addTool("add", sum);
  stage.agent.handoffs[0].isFiltered = true;
  std::string seen;
  stage.callbacks->on("handoffFilter", [&](const std::string&, const std::string& body) {
    seen = body;
    return R"({"input":[{"role":"user","content":"short"}]})";
  });
  stage.finish("\"go\"");
  Items history, before, now;
  for (auto item : json::elements(*json::member(seen, "inputHistory"))) history.append(item);
  for (auto item : json::elements(*json::member(seen, "preHandoffItems"))) before.append(item);
  for (auto item : json::elements(*json::member(seen, "newItems"))) now.append(item);
  CHECK(show(history) == "user:go");
  CHECK(show(before) == "call:add({})#c1, output:0#c1");
  CHECK(show(now) == "call:transfer_to_b({})#h1, output:{\"assistant\":\"B\"}#h1");
  Items sent;
  sent.text = stage.model->requests[2].input;
  CHECK(show(sent) == "user:short");
  CHECK(stage.stored() ==
        "user:go, call:add({})#c1, output:0#c1, call:transfer_to_b({})#h1, output:{\"assistant\":\"B\"}#h1, "
        "assistant:by B");
}

TEST_CASE("a streamed run names its handoffs, and each agent from where it speaks") {
  StageOfTwo stage({{{call("h1", "transfer_to_b")}}, {{said("ok")}}});
  stage.setup.delivery = Delivery::Streamed;
  stage.finish("\"go\"");
  auto events = "[" + stage.run->events().takeUnread() + "]";
  std::vector<std::string> names;
  for (auto event : json::elements(events)) {
    auto agent = json::stringMember(event, "agent");
    names.push_back(agent ? *agent : json::stringMember(event, "name").value_or(""));
  }
  CHECK(names == std::vector<std::string>{"A", "handoff_requested", "handoff_occurred", "B", "message_output_created"});
}

TEST_CASE("a conversation goes on with the agent that spoke last when the run asks for it") {
  StageOfTwo stage({{{said("B again")}}});
  auto store = std::shared_ptr<Store>(makeMemoryStore());
  Process process(&stage.host, store);
  Change change{"op"};
  change.edits.push_back(edit::Append{{{"B", "r0", 1}, parseItems("[" + said("hi") + "]", "items")}});
  stage.host.finish(process.session->apply("c", std::move(change)));
  stage.record.asksLastAgent = true;
  stage.startOn(makeStoreRecord(process.session, stage.recordSetup()), "\"q\"");
  stage.host.deliverAll();
  CHECK(stage.started->result().lastAgent == "B");
}
