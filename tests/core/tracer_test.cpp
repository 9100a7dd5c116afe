#include "agents/tracer.h"

#include "agents/json_text.h"
#include "agents/run_spans.h"
#include "run/session_span.h"
#include "support/fake_tracer.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace agents;
using namespace agents::testing;

namespace {

std::string nothing() { return "{}"; }

std::string neverCalled() { throw std::logic_error("The data was made."); }

RunSpans spansOf(const std::shared_ptr<FakeTracer>& tracer) { return RunSpans({tracer, true}); }

std::shared_ptr<const Agent> named(const std::string& name) {
  auto agent = std::make_shared<Agent>();
  agent->name = name;
  return agent;
}

ModelRequest requestOf(const std::string& instructions, const std::string& input) {
  ModelRequest request;
  request.model = "m";
  request.instructions = instructions;
  if (!input.empty()) request.input = Rope(input);
  return request;
}

ModelResponse responseOf(const std::string& id, std::vector<std::string> output) {
  ModelResponse response;
  response.id = id;
  response.output = std::move(output);
  response.usage = {1, 10, 2, 5, 1, 15};
  return response;
}

}  // namespace

TEST_CASE("a span without a tracer makes no data and has no number") {
  Span span(nullptr, "turn", 0, neverCalled);
  CHECK(span.id() == 0);
  span.end(neverCalled);
  span.fail(neverCalled);
}

TEST_CASE("a span ends once, as it was ended first, and keeps its number") {
  FakeTracer tracer;
  Span span(&tracer, "turn", 0, nothing);
  span.end([] { return std::string(R"({"a":1})"); });
  span.end();
  span.fail(neverCalled);
  CHECK(span.id() == 1);
  CHECK(tracer.tree() == "turn {\"a\":1}\n");
  CHECK_FALSE(tracer.endedTwice);
}

TEST_CASE("a span that nobody ends was aborted") {
  FakeTracer tracer;
  {
    Span span(&tracer, "turn", 0, nothing);
  }
  CHECK(tracer.tree() == "turn !{\"message\":\"aborted\",\"data\":null}\n");
}

TEST_CASE("a span that was moved ends with its new owner") {
  FakeTracer tracer;
  Span owner;
  {
    Span span(&tracer, "turn", 0, nothing);
    owner = std::move(span);
  }
  CHECK(tracer.tree() == "turn …\n");
  Span last(std::move(owner));
  last.end();
  CHECK(tracer.tree() == "turn\n");
}

TEST_CASE("a span names the one around it") {
  FakeTracer tracer;
  Span outer(&tracer, "agent", 0, nothing);
  Span inner(&tracer, "turn", outer.id(), nothing);
  Span beside(&tracer, "turn", outer.id(), nothing);
  CHECK(tracer.tree() == "agent …\n  turn …\n  turn …\n");
}

TEST_CASE("the spans of a run are its agents, their turns, and in those answers, tools and handoffs") {
  auto tracer = std::make_shared<FakeTracer>();
  auto spans = spansOf(tracer);
  std::vector<std::shared_ptr<const Agent>> agents{named("A"), named("B")};
  auto first = *agents[0];
  first.handoffs.push_back({"transfer_to_b", "", 1});
  spans.agent(first, agents);
  spans.turn(1, "A");
  spans.model(requestOf("Be brief.", R"({"role":"user","content":"q"})"));
  spans.answered(responseOf("resp_1", {R"({"type":"function_call"})"}));
  auto tool = spans.tool({"c1", "add", R"({"a":1})"});
  spans.toolEnded(tool, ToolResult::ok("1"));
  spans.handoff("A", "B");
  spans.agent(*agents[1], agents);
  spans.turn(2, "B");
  spans.end();
  CHECK(tracer->tree() ==
        R"(agent {"name":"A","handoffs":["B"],"tools":[]}
  turn {"turn":1,"agent_name":"A"} {"usage":{"requests":1,"input_tokens":10,"cached_input_tokens":2,"output_tokens":5,"reasoning_tokens":1,"total_tokens":15}}
    generation {"input":[{"role":"system","content":"Be brief."},{"role":"user","content":"q"}],"model":"m"} {"output":[{"type":"function_call"}],"response_id":"resp_1","usage":{"requests":1,"input_tokens":10,"cached_input_tokens":2,"output_tokens":5,"reasoning_tokens":1,"total_tokens":15}}
    function {"name":"add","call_id":"c1","input":"{\"a\":1}"} {"output":"1"}
    handoff {"from_agent":"A","to_agent":"B"}
agent {"name":"B","handoffs":[],"tools":[]}
  turn {"turn":2,"agent_name":"B"}
)");
  CHECK_FALSE(tracer->endedTwice);
}

TEST_CASE("what fails a run is the error of all its spans that are under way, and of no other") {
  auto tracer = std::make_shared<FakeTracer>();
  auto spans = spansOf(tracer);
  spans.agent(*named("A"), {});
  spans.turn(1, "A");
  spans.turn(2, "A");
  spans.model(requestOf("", ""));
  spans.fail(AgentsError(ErrorCode::ApiError, "The server said no."));
  const std::string error = R"(!{"message":"The server said no.","data":{"code":"api_error"}})";
  CHECK(tracer->tree() == "agent {\"name\":\"A\",\"handoffs\":[],\"tools\":[]} " + error +
                              "\n"
                              "  turn {\"turn\":1,\"agent_name\":\"A\"}\n"
                              "  turn {\"turn\":2,\"agent_name\":\"A\"} " +
                              error +
                              "\n"
                              "    generation {\"input\":[],\"model\":\"m\"} " +
                              error + "\n");
}

TEST_CASE("a tool's failure is the error of its span alone") {
  auto tracer = std::make_shared<FakeTracer>();
  auto spans = spansOf(tracer);
  auto told = spans.tool({"c1", "a", ""});
  spans.toolEnded(told, ToolResult::failure("The city is missing."));
  auto thrown = spans.tool({"c2", "b", ""});
  spans.failed(thrown, AgentsError(ErrorCode::UserError, "Stop."));
  {
    auto stopped = spans.tool({"c3", "c", ""});
  }
  CHECK(
      tracer->tree() ==
      R"tree(function {"name":"a","call_id":"c1","input":""} {"output":"The city is missing."} !{"message":"Error running tool (non-fatal)","data":null}
function {"name":"b","call_id":"c2","input":""} !{"message":"Stop.","data":{"code":"user_error"}}
function {"name":"c","call_id":"c3","input":""} !{"message":"aborted","data":null}
)tree");
}

TEST_CASE("without sensitive data spans hold nothing that was said, not even in an error's words") {
  auto tracer = std::make_shared<FakeTracer>();
  RunSpans spans({tracer, false});
  spans.agent(*named("A"), {});
  spans.turn(1, "A");
  spans.model(requestOf("secret", "\"secret\""));
  spans.answered(responseOf("resp_1", {"\"secret\""}));
  auto tool = spans.tool({"c1", "add", "secret"});
  spans.toolEnded(tool, ToolResult::ok("secret"));
  spans.fail(AgentsError(ErrorCode::ModelBehavior, "secret"));
  auto tree = tracer->tree();
  CHECK(tree.find("secret") == std::string::npos);
  CHECK(tree.find("put\":") == std::string::npos);
  CHECK(tree.find(R"(!{"message":"model_behavior","data":{"code":"model_behavior"}})") != std::string::npos);
}

TEST_CASE("an input or output of more than a megabyte is replaced by its size") {
  auto tracer = std::make_shared<FakeTracer>();
  auto spans = spansOf(tracer);
  auto item = json::quote(std::string(600 * 1024, 'x'));
  spans.model(requestOf("", item + "," + item));
  spans.answered(responseOf("r", {item, item}));
  auto tool = spans.tool({"c", "t", std::string(2 * 1024 * 1024, 'x')});
  spans.toolEnded(tool, ToolResult::ok(std::string(2 * 1024 * 1024, 'x')));
  auto tree = tracer->tree();
  CHECK(tree.size() < 1000);
  CHECK(tree.find(R"("input":[{"truncated":true,"original_bytes":1228805}])") != std::string::npos);
  CHECK(tree.find(R"("output":[{"truncated":true,"original_bytes":1228804}])") != std::string::npos);
  CHECK(tree.find(R"({"output":{"truncated":true,"original_bytes":2097152}})") != std::string::npos);
}

TEST_CASE("two runs with one tracer each never mix") {
  auto one = std::make_shared<FakeTracer>();
  auto other = std::make_shared<FakeTracer>();
  auto first = spansOf(one);
  auto second = spansOf(other);
  first.agent(*named("A"), {});
  second.agent(*named("B"), {});
  first.turn(1, "A");
  second.turn(1, "B");
  first.end();
  CHECK(one->tree() ==
        "agent {\"name\":\"A\",\"handoffs\":[],\"tools\":[]}\n  turn {\"turn\":1,\"agent_name\":\"A\"}\n");
  CHECK(other->tree() ==
        "agent {\"name\":\"B\",\"handoffs\":[],\"tools\":[]} …\n  turn {\"turn\":1,\"agent_name\":\"B\"} …\n");
}

TEST_CASE("the span of a load or save says how much and how long, and without a tracer nothing") {
  auto tracer = std::make_shared<FakeTracer>();
  Tracing tracing{tracer, true};
  SessionSpan span(tracing, "session.load");
  span.end({3, 120});
  auto tree = tracer->tree();
  CHECK(tree.starts_with(R"(session.load {"items":3,"bytes":120,"ms":0.)"));
  Tracing nobody;
  SessionSpan none(nobody, "session.save");
  none.end({1, 1});
  CHECK(tracer->tree() == tree);
}
