#include "agents/run.h"
#include "support/fake_tracer.h"
#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

// A stage whose run and record are traced.
struct TracedStage : Stage {
  explicit TracedStage(std::deque<Reply> script) : Stage(std::move(script)) {
    setup.tracing = {tracer, true};
    record.tracing = setup.tracing;
  }

  std::shared_ptr<FakeTracer> tracer = std::make_shared<FakeTracer>();
};

}  // namespace

TEST_CASE("a run is traced as agents with turns, in which there are an answer, tools and handoffs") {
  TracedStage stage(
      {{{call("c1", "slow"), call("c2", "add", R"({"a":1,"b":1})")}}, {{call("c3", "transfer_to_b")}}, {{said("ok")}}});
  stage.addTool("slow", [](const ToolCall&) { return ToolResult::ok("slept"); });
  stage.addTool("add", sum);
  stage.agent.handoffs.push_back({"transfer_to_b", "{}", 1});
  stage.others.push_back(Agent{"B", "", "m", "", {}});
  stage.finish("\"go\"");
  CHECK(stage.tracer->shape() ==
        "session.load\n"
        "agent\n"
        "  turn\n"
        "    generation\n"
        "    function\n"
        "    function\n"
        "  turn\n"
        "    generation\n"
        "    handoff\n"
        "agent\n"
        "  turn\n"
        "    generation\n"
        "session.save\n");
  CHECK_FALSE(stage.tracer->endedTwice);
  auto tree = stage.tracer->tree();
  CHECK(tree.find(R"(agent {"name":"A","handoffs":["B"],"tools":["slow","add"]})") != std::string::npos);
  CHECK(tree.find(R"(handoff {"from_agent":"A","to_agent":"B"})") != std::string::npos);
  CHECK(tree.find(R"(function {"name":"add","call_id":"c2","input":"{\"a\":1,\"b\":1}"} {"output":"2"})") !=
        std::string::npos);
}

TEST_CASE("a model that fails is the error of its span and of those around it") {
  TracedStage stage({{{}, AgentsError(ErrorCode::ApiError, "No.")}});
  CHECK(codeOf([&] { stage.finish("\"go\""); }) == ErrorCode::ApiError);
  CHECK(stage.tracer->shape() == "session.load\nagent !No.\n  turn !No.\n    generation !No.\n");
}

TEST_CASE("a run that is stopped ends its spans, and its tools were aborted") {
  TracedStage stage({{{call("c1", "slow")}}});
  stage.addTool("slow", [](const ToolCall&) { return ToolResult::ok(""); });
  stage.start("\"go\"");
  while (stage.trace.back() != "+slow({})#c1") stage.host.deliver();
  stage.run->cancel();
  stage.host.deliverAll();
  CHECK(codeOf([&] { stage.started->result(); }) == ErrorCode::Aborted);
  CHECK(stage.tracer->shape() ==
        "session.load\n"
        "agent !The run was stopped.\n"
        "  turn !The run was stopped.\n"
        "    generation\n"
        "    function !aborted\n");
}

TEST_CASE("loads and saves that fail have their own error") {
  TracedStage stage({{{said("ok")}}});
  stage.session->saveFails = true;
  CHECK(codeOf([&] { stage.finish("\"go\""); }) == ErrorCode::SessionQuota);
  CHECK(stage.tracer->shape() == "session.load\nagent\n  turn\n    generation\nsession.save !The disk is full.\n");
  TracedStage other({});
  other.session->loadFails = true;
  CHECK(codeOf([&] { other.finish("\"go\""); }) == ErrorCode::SessionIo);
  CHECK(other.tracer->shape() == "session.load !The database is down.\n");
}

TEST_CASE("a tool that fails for the model is an error of its span alone") {
  TracedStage stage({{{call("c1", "bad"), call("c2", "worse")}}, {{said("ok")}}});
  stage.addTool("bad", [](const ToolCall&) -> ToolResult { throw AgentsError(ErrorCode::CallbackFailed, "oops"); });
  stage.addTool("worse", [](const ToolCall&) { return ToolResult::failure("The city is missing."); });
  stage.finish("\"go\"");
  CHECK(stage.tracer->shape().find("    function !Error running tool (non-fatal)\n"
                                   "    function !Error running tool (non-fatal)\n") != std::string::npos);
}

TEST_CASE("a run that waits for an approval ends its spans without an error") {
  TracedStage stage({{{call("c1", "add")}}});
  stage.addTool("add", sum, Approval::Always);
  CHECK(stage.finish("\"go\"").interruptions.size() == 1);
  CHECK(stage.tracer->shape().find("!") == std::string::npos);
  CHECK(stage.tracer->shape().find("…") == std::string::npos);
}
