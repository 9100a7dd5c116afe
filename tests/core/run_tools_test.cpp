#include "agents/run.h"
#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

TEST_CASE("tools that are called together run together, and their outputs keep the order of the calls") {
  Stage stage({{{call("c1", "slow"), call("c2", "add", R"({"a":1,"b":1})")}}, {{said("ok")}}});
  stage.addTool("slow", [](const ToolCall&) { return ToolResult::ok("slept"); });
  stage.addTool("add", sum);
  stage.finish("\"go\"");
  CHECK(Trace(stage.trace.begin() + 2, stage.trace.begin() + 6) ==
        Trace{"+slow({})#c1", "+add({\"a\":1,\"b\":1})#c2", "-slow", "-add"});
  CHECK(stage.trace[6] ==
        "model(user:go, call:slow({})#c1, call:add({\"a\":1,\"b\":1})#c2, output:slept#c1, output:2#c2)");
}

TEST_CASE("a message beside a call does not end the run") {
  Stage stage({{{said("Let me see."), call("c1", "add")}}, {{said("0")}}});
  stage.addTool("add", sum);
  CHECK(stage.finish("\"q\"").finalOutput == "0");
}

TEST_CASE("a call of a tool that the agent has not fails the run before any tool starts") {
  Stage stage({{{call("c1", "add"), call("c2", "nope")}}});
  stage.addTool("add", sum);
  CHECK(messageOf([&] { stage.finish("\"do\""); }) ==
        "The model called the tool 'nope', which the agent 'A' does not have.");
  CHECK(stage.trace == Trace{"load()", "model(user:do)"});
}

TEST_CASE("a call that no function tool can answer fails the run") {
  for (std::string item : {R"({"type":"custom_tool_call","call_id":"c1","name":"add","input":"x"})",
                           R"({"type":"function_call","name":"add","arguments":"{}"})",
                           R"({"type":"function_call","call_id":"c1","arguments":"{}"})",
                           R"({"type":"function_call","call_id":null,"name":"add"})"}) {
    CAPTURE(item);
    Stage stage({{{item}}});
    stage.addTool("add", sum);
    CHECK(codeOf([&] { stage.finish("\"q\""); }) == ErrorCode::ModelBehavior);
  }
}

TEST_CASE("arguments that are no JSON are answered instead of the tool, which does not start") {
  Stage stage({{{call("c1", "add", "{\"a\":")}}, {{said("sorry")}}});
  stage.addTool("add", sum);
  CHECK(stage.finish("\"q\"").finalOutput == "sorry");
  CHECK(stage.trace[2] ==
        "model(user:q, call:add({\"a\":)#c1, output:The arguments' text is not valid JSON at byte 5. Please try "
        "again.#c1)");
}

TEST_CASE("a call without arguments is a call with none, and arguments reach the tool without white space") {
  Stage stage({{{call("c1", "add", ""), call("c2", "add", " { \"a\" : 1 } ")}}, {{said("ok")}}});
  stage.addTool("add", sum);
  stage.finish("\"q\"");
  CHECK(stage.trace[2] == "+add({})#c1");
  CHECK(stage.trace[3] == "+add({\"a\":1})#c2");
}

TEST_CASE("a failing tool reports its reason to the model") {
  Stage stage({{{call("c1", "bad"), call("c2", "worse")}}, {{said("ok")}}});
  stage.addTool("bad", [](const ToolCall&) { return ToolResult::failure("The city is missing."); });
  stage.addTool("worse", [](const ToolCall&) -> ToolResult { throw AgentsError(ErrorCode::CallbackFailed, "oops"); });
  CHECK(stage.finish("\"q\"").finalOutput == "ok");
  CHECK(stage.stored() ==
        "user:q, call:bad({})#c1, call:worse({})#c2, output:The city is missing.#c1, output:An error occurred while "
        "running the tool. Please try again. Error: oops#c2, assistant:ok");
}

TEST_CASE("what a tool throws that is not its own failure fails the run, when the other tools have ended") {
  Stage stage({{{call("c1", "bad"), call("c2", "add")}}});
  stage.addTool("bad", [](const ToolCall&) -> ToolResult { throw AgentsError(ErrorCode::UserError, "Stop."); });
  stage.addTool("add", sum);
  CHECK(codeOf([&] { stage.finish("\"q\""); }) == ErrorCode::UserError);
  CHECK(stage.trace.back() == "-add");
  CHECK(stage.stored().empty());
}

TEST_CASE("names and outputs with quotes and line breaks stay JSON") {
  const std::string name = "a\"b\n";
  const auto item = R"({"type":"function_call","call_id":"c\"1","name":"a\"b\n","arguments":"{}"})";
  Stage stage({{{item}}, {{said("ok")}}});
  stage.addTool(name, [](const ToolCall&) { return ToolResult::ok("\"\n\xF0\x9F\x98\x80"); });
  stage.finish("\"q\"");
  auto text = "[" + stage.session->stored.text.text() + "]";
  CHECK(json::compact(text) == text);
}
