#include "agents/run.h"

#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

const AgentsError Net(ErrorCode::ApiConnection, "The connection failed.");
const std::string Add = R"({"a":1,"b":2})";

}  // namespace

TEST_CASE("a run reads the history, asks the model and saves input and answer at once") {
  Stage stage({{{said("hi")}}});
  auto result = stage.finish("\"hello\"");
  CHECK(stage.trace == Trace{"load()", "model(user:hello)", "save(user:hello, assistant:hi)"});
  CHECK(result.finalOutput == "hi");
  CHECK(result.conversationId == "c");
  CHECK(result.lastAgent == "A");
  CHECK(result.responses.back().id == "resp_1");
  CHECK(stage.model->requests[0].model == "m");
  CHECK(stage.model->requests[0].instructions == "Be brief.");
}

TEST_CASE("the second run of a conversation sends the first") {
  Stage stage({{{said("hi")}}, {{said("again")}}});
  stage.finish("\"hello\"");
  stage.trace.clear();
  stage.finish("\"more\"");
  CHECK(stage.trace ==
        Trace{"load()", "model(user:hello, assistant:hi, user:more)", "save(user:more, assistant:again)"});
  CHECK(stage.stored() == "user:hello, assistant:hi, user:more, assistant:again");
}

TEST_CASE("a turn with a tool gives the model its output, and all is saved once, at the end") {
  Stage stage({{{call("c1", "add", Add)}}, {{said("3")}}});
  stage.addTool("add", sum);
  auto result = stage.finish("\"1+2\"");
  const std::string turn = "user:1+2, call:add({\"a\":1,\"b\":2})#c1, output:3#c1";
  CHECK(stage.trace == Trace{"load()", "model(user:1+2)", "+add(" + Add + ")#c1", "-add", "model(" + turn + ")",
                             "save(" + turn + ", assistant:3)"});
  CHECK(result.finalOutput == "3");
  CHECK(result.usage.requests == 2);
  CHECK(result.usage.totalTokens == 30);
  CHECK(stage.model->requests[0].tools == std::vector<std::string>{R"({"type":"function","name":"add"})"});
}

TEST_CASE("what is saved says which agent produced it, in which run and turn") {
  Stage stage({{{call("c1", "add", Add)}}, {{said("3")}}});
  stage.addTool("add", sum);
  auto result = stage.finish("\"1+2\"");
  REQUIRE(stage.session->saved.size() == 4);
  auto origin = [&](std::size_t i) { return stage.session->saved[i].origin; };
  CHECK(origin(0) == Origin{"", result.runId, 0});
  CHECK(origin(1) == Origin{"A", result.runId, 1});
  CHECK(origin(2) == Origin{"A", result.runId, 1});
  CHECK(origin(3) == Origin{"A", result.runId, 2});
  CHECK(stage.session->savedOpId == result.runId);
  REQUIRE(result.newItems.size() == 3);
  CHECK(show(result.newItems[2].items) == "assistant:3");
}

TEST_CASE("a model that fails leaves the history as it was, in the first turn or later") {
  Stage first({{{}, Net}});
  CHECK(codeOf([&] { first.finish("\"q\""); }) == ErrorCode::ApiConnection);
  CHECK(first.trace == Trace{"load()", "model(user:q)"});

  Stage second({{{call("c1", "add", Add)}}, {{}, Net}});
  second.addTool("add", sum);
  CHECK(codeOf([&] { second.finish("\"q\""); }) == ErrorCode::ApiConnection);
  CHECK(second.trace.back().starts_with("model("));
  CHECK(second.stored().empty());
}

TEST_CASE("a run that used all of its turns fails and leaves the history as it was") {
  Stage stage({{{call("c1", "add", Add)}}});
  stage.addTool("add", sum);
  stage.setup.maxTurns = 1;
  CHECK(codeOf([&] { stage.finish("\"q\""); }) == ErrorCode::MaxTurnsExceeded);
  CHECK(stage.stored().empty());
  CHECK(stage.trace.back() == "-add");
}

TEST_CASE("without maxTurns a run goes on for as long as the model calls tools") {
  std::deque<Reply> script;
  for (int i = 0; i < 300; ++i) script.push_back({{call("c" + std::to_string(i), "add", Add)}});
  script.push_back({{said("done")}});
  Stage stage(std::move(script));
  stage.addTool("add", sum);
  stage.setup.maxTurns.reset();
  CHECK(stage.finish("\"q\"").finalOutput == "done");
  CHECK(stage.session->stored.count == 602);
}

TEST_CASE("maxTurns of zero asks nobody") {
  Stage stage({});
  stage.setup.maxTurns = 0;
  CHECK(codeOf([&] { stage.finish("\"q\""); }) == ErrorCode::MaxTurnsExceeded);
}

TEST_CASE("a run without a session remembers nothing") {
  Stage alone({{{said("hi")}}});
  alone.session = nullptr;
  alone.setup.conversationId = "";
  CHECK(alone.finish("\"q\"").conversationId.empty());
  CHECK(alone.trace == Trace{"model(user:q)"});
}

TEST_CASE("an empty input sends the history alone and saves the answer alone") {
  Stage stage({{{said("hi")}}});
  stage.session->stored.append(easy("user", "old"));
  stage.finish("[]");
  CHECK(stage.trace == Trace{"load()", "model(user:old)", "save(assistant:hi)"});
  for (const auto& batch : stage.session->saved) CHECK(batch.items.count > 0);
}

TEST_CASE("maxItems goes to the session") {
  Stage stage({{{said("hi")}}});
  stage.record.maxItems = 7;
  stage.finish("\"q\"");
  CHECK(stage.trace[0] == "load(7)");
}

TEST_CASE("a history above maxHistoryBytes is refused before the model is asked") {
  Stage stage({{{said("hi")}}});
  stage.session->stored.append(easy("user", std::string(100, 'x')));
  stage.setup.maxHistoryBytes = 100;
  CHECK(codeOf([&] { stage.finish("\"q\""); }) == ErrorCode::SessionTooLarge);
  CHECK(stage.trace == Trace{"load()"});
  stage.setup.maxHistoryBytes = 1000;
  CHECK(stage.finish("\"q\"").finalOutput == "hi");
}

TEST_CASE("a session that fails fails the run") {
  Stage load({});
  load.session->loadFails = true;
  CHECK(codeOf([&] { load.finish("\"q\""); }) == ErrorCode::SessionIo);
  Stage save({{{said("hi")}}});
  save.session->saveFails = true;
  CHECK(codeOf([&] { save.finish("\"q\""); }) == ErrorCode::SessionQuota);
}

TEST_CASE("the final output is the text of the last message") {
  Stage stage({{{said("thinking"), R"({"type":"reasoning","id":"rs_1","summary":[]})", said("answer")}}});
  CHECK(stage.finish("\"q\"").finalOutput == "answer");
  Stage silent(std::deque<Reply>{Reply{}});
  CHECK(silent.finish("\"q\"").finalOutput.empty());
  CHECK(silent.stored() == "user:q");
}

TEST_CASE("a run that is never awaited asks nobody") {
  Stage stage({});
  stage.setup.agents = stage.agents();
  stage.setup.record = makeNoRecord({});
  Run run(stage.setup);
  auto task = run.result();
  CHECK(stage.trace.empty());
}
