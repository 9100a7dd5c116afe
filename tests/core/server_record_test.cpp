#include "agents/conversations.h"
#include "agents/responses.h"
#include "agents/stores.h"
#include "support/conversation.h"
#include "support/fake_conversations.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

constexpr const char* Locked = R"({"message":"Busy.","param":"conversation","code":"conversation_locked"})";

struct World {
  FakeHost host;
  Trace trace;
  std::shared_ptr<Store> store = makeMemoryStore();
  std::shared_ptr<FakeConversations> server = std::make_shared<FakeConversations>(&host);
  std::shared_ptr<FakeTimer> timer = std::make_shared<FakeTimer>(&host);

  std::shared_ptr<ServerSession> session(const Process& process) {
    RetryPolicy policy;
    policy.lockedForMs = 60'000;
    return std::make_shared<ServerSession>(process.session, Conversations(server, timer, policy));
  }
  Process process() { return Process(&host, store); }
  std::string local() { return show(sync(store->read({"c"})).items); }
  std::size_t openRuns() { return sync(store->read({"c", "", 0, {}, {}, {}, "run:"})).shelves.size(); }
  // The input of the request before the last `back` ones.
  std::string input(std::size_t back = 0) {
    std::vector<std::string> inputs;
    for (const auto& body : server->bodies) {
      auto input = json::member(body, "input");
      if (input) inputs.push_back(show(itemsIn(*input)));
    }
    return inputs.at(inputs.size() - 1 - back);
  }
  static Items itemsIn(std::string_view array) {
    Items items;
    for (auto item : json::elements(array)) items.append(item);
    return items;
  }
};

// A run of a process. Dropping it is a crash.
struct ServerAttempt {
  ServerAttempt(World* world, const Process& process, std::string runId = "r1") : world(world), process(process) {
    record.conversationId = setup.conversationId = "c";
    record.agent = "A";
    record.runId = setup.runId = std::move(runId);
  }

  void addTool(const std::string& name, Approval approval = Approval::Never) {
    agent.tools.push_back(std::make_shared<FakeTool>(&world->host, &world->trace, name, sum, false, approval));
  }

  void start(const std::string& input) {
    setup.agents = {std::make_shared<const Agent>(agent)};
    setup.input = parseItems(input, "input");
    if (record.resume) setup.input = {};
    auto run = makeServerRun(world->session(process),
                             std::make_shared<ResponsesModel>(world->server.get(), world->timer.get()), record);
    auto own = setup;
    own.record = std::move(run.record);
    own.model = std::move(run.model);
    this->run.emplace(std::move(own));
    started.emplace(this->run->result());
  }

  RunResult finish(const std::string& input) {
    start(input);
    world->host.deliverAll();
    return started->result();
  }

  World* world;
  Process process;
  Agent agent{"A", "Be brief.", "m", "", {}};
  RecordSetup record;
  RunSetup setup;
  std::optional<Run> run;
  std::optional<Started<RunResult>> started;
};

}  // namespace

TEST_CASE("a run sends only what is new, and the server keeps the history") {
  World world;
  auto process = world.process();
  world.server->script = {{call("c1", "add")}, {said("hi")}, {said("bye")}};
  ServerAttempt first(&world, process);
  first.addTool("add");
  CHECK(first.finish("\"q\"").finalOutput == "hi");
  CHECK(world.server->log == std::vector<std::string>{"POST /conversations", "POST /responses", "POST /responses"});
  CHECK(world.input(1) == "user:q");
  CHECK(world.input() == "output:0#c1");
  CHECK(json::stringMember(world.server->bodies.back(), "conversation") == "conv_1");
  ServerAttempt second(&world, process, "r2");
  CHECK(second.finish("\"r\"").finalOutput == "bye");
  CHECK(world.input() == "user:r");
  CHECK(world.server->history() == "user:q, call:add({})#c1, output:0#c1, assistant:hi, user:r, assistant:bye");
  CHECK(world.local().empty());
  CHECK(world.openRuns() == 0);
}

TEST_CASE("requests of one conversation name it to the provider's cache, unless the settings name another") {
  World world;
  auto process = world.process();
  world.server->script = {{said("hi")}, {said("hi")}};
  ServerAttempt first(&world, process);
  first.finish("\"q\"");
  auto key = json::stringMember(world.server->bodies.back(), "prompt_cache_key").value_or("");
  CHECK(key == "agents-wasm:af63de4c8601eff2");
  ServerAttempt second(&world, process, "r2");
  second.agent.settings = R"({"prompt_cache_key":"mine"})";
  second.finish("\"q\"");
  CHECK(world.server->bodies.back().find("agents-wasm:") == std::string::npos);
}

TEST_CASE("the output of a tool that ends a run goes to the server too") {
  World world;
  auto process = world.process();
  world.server->script = {{call("c1", "add")}};
  ServerAttempt attempt(&world, process);
  attempt.agent.toolUse = ToolUse::StopOnFirst;
  attempt.addTool("add");
  CHECK(attempt.finish("\"q\"").finalOutput == "0");
  CHECK(world.server->history() == "user:q, call:add({})#c1, output:0#c1");
}

TEST_CASE("a run that crashed between a response and its outputs leaves the server a call that the next run answers") {
  World world;
  {
    auto process = world.process();
    world.server->script = {{call("c1", "add"), call("c2", "add")}};
    ServerAttempt crashed(&world, process);
    crashed.addTool("add");
    crashed.start("\"q\"");
    while (world.trace.size() < 3) world.host.deliver();
    for (int i = 0; i < 2; ++i) world.host.deliver();
  }
  world.host.deliverAll();
  auto process = world.process();
  world.server->script = {{said("hi")}};
  ServerAttempt next(&world, process, "r2");
  next.finish("\"again\"");
  CHECK(world.server->history() ==
        "user:q, call:add({})#c1, call:add({})#c2, output:0#c1, output:aborted#c2, user:again, assistant:hi");
  CHECK(world.openRuns() == 0);
}

TEST_CASE("a run whose request got lost is taken up with what the server said meanwhile, or asks again") {
  for (bool takesEffect : {true, false}) {
    CAPTURE(takesEffect);
    World world;
    auto process = world.process();
    world.server->script = {{said("hi")}};
    world.server->mishaps = {{"POST /responses", 0, "null", takesEffect}};
    ServerAttempt lost(&world, process);
    CHECK(codeOf([&] { lost.finish("\"q\""); }) == ErrorCode::ApiConnection);
    CHECK(world.server->count("POST /responses") == 1);
    ServerAttempt again(&world, process);
    again.record.resume = "";
    CHECK(again.finish("[]").finalOutput == "hi");
    CHECK(world.server->history() == "user:q, assistant:hi");
    CHECK(world.server->count("POST /responses") == (takesEffect ? 1 : 2));
    CHECK(world.openRuns() == 0);
  }
}

TEST_CASE("what a lost request brought is taken up behind the outputs that it sent") {
  World world;
  auto process = world.process();
  world.server->script = {{call("c1", "add")}, {call("c2", "add")}, {said("hi")}};
  ServerAttempt lost(&world, process);
  lost.addTool("add");
  lost.start("\"q\"");
  while (world.trace.size() < 2) world.host.deliver();
  world.server->mishaps = {{"POST /responses", 0, "null", true}};
  world.host.deliverAll();
  CHECK(codeOf([&] { lost.started->result(); }) == ErrorCode::ApiConnection);
  ServerAttempt again(&world, process);
  again.addTool("add");
  again.record.resume = "";
  CHECK(again.finish("[]").finalOutput == "hi");
  CHECK(world.server->history() == "user:q, call:add({})#c1, output:0#c1, call:add({})#c2, output:0#c2, assistant:hi");
}

TEST_CASE("a lock is waited out, and what came to the conversation meanwhile is looked at") {
  World world;
  auto process = world.process();
  world.server->script = {{said("hi")}};
  ServerAttempt attempt(&world, process);
  auto meanwhile = [&] { world.server->append("conv_1", {easy("user", "other"), call("c9", "f")}); };
  world.server->mishaps = {{"POST /responses", 400, Locked}, {"POST /responses", 400, Locked, false, meanwhile}};
  CHECK(attempt.finish("\"q\"").finalOutput == "hi");
  CHECK(world.timer->sleeps == std::vector<double>{1000, 2000});
  CHECK(world.server->history() == "user:other, call:f({})#c9, output:aborted#c9, user:q, assistant:hi");
}

TEST_CASE("a request that does not fit the conversation is mended once") {
  World world;
  auto process = world.process();
  world.server->conversations["conv_9"];
  world.server->append("conv_9", {easy("user", "other"), call("c9", "f")});
  world.server->script = {{said("hi")}};
  ServerAttempt attempt(&world, process);
  attempt.record.conversationId = attempt.setup.conversationId = "conv_9";
  CHECK(attempt.finish("\"q\"").finalOutput == "hi");
  CHECK(world.server->history("conv_9") == "user:other, call:f({})#c9, output:aborted#c9, user:q, assistant:hi");

  ServerAttempt next(&world, process, "r2");
  world.server->mishaps = {{"POST /responses", 400, R"({"message":"No.","param":"input","code":null})"},
                           {"POST /responses", 400, R"({"message":"No.","param":"input","code":null})"}};
  CHECK(codeOf([&] { next.finish("\"q\""); }) == ErrorCode::ApiError);
}

TEST_CASE("a server that forgot a call is told of it with its output") {
  World world;
  auto process = world.process();
  world.server->script = {{call("c1", "add")}, {said("hi")}};
  ServerAttempt attempt(&world, process);
  attempt.addTool("add");
  attempt.start("\"q\"");
  while (world.trace.size() < 2) world.host.deliver();
  world.server->conversations["conv_1"].pop_back();
  world.host.deliverAll();
  CHECK(attempt.started->result().finalOutput == "hi");
  CHECK(world.server->history() == "user:q, call:add({})#c1, output:0#c1, assistant:hi");
}

TEST_CASE("requests are sent again only if they were clearly refused") {
  for (int status : {429, 503, 500, 502, 408, 409}) {
    CAPTURE(status);
    World world;
    auto process = world.process();
    world.server->script = {{said("hi")}};
    world.server->mishaps = {{"POST /responses", status}};
    ServerAttempt attempt(&world, process);
    auto failure = codeOf([&] { attempt.finish("\"q\""); });
    bool isRefused = status == 429 || status == 503;
    CHECK(failure.has_value() == !isRefused);
    CHECK(world.server->count("POST /responses") == (isRefused ? 2 : 1));
  }
}

TEST_CASE(
    "an open run is ended on the server too: by answering its calls, and when it is kept with what was not sent") {
  using Unsent = ServerSession::Unsent;
  for (auto unsent : {Unsent::Kept, Unsent::Dropped}) {
    World world;
    auto process = world.process();
    world.server->script = {{call("c1", "add"), call("c2", "add")}};
    {
      ServerAttempt stopped(&world, process);
      stopped.addTool("add");
      stopped.start("\"q\"");
      while (world.trace.size() < 3) world.host.deliver();
      stopped.run->cancel();
      world.host.deliverAll();
    }
    auto session = world.session(process);
    world.host.finish(session->endRun("c", "r1", unsent));
    CHECK(world.server->history() == "user:q, call:add({})#c1, call:add({})#c2, output:0#c1, output:aborted#c2");
    CHECK(world.openRuns() == 0);

    world.server->mishaps = {{"POST /responses", 500}};
    ServerAttempt failed(&world, process, "r2");
    CHECK(codeOf([&] { failed.finish("\"again\""); }) == ErrorCode::ApiError);
    world.host.finish(session->endRun("c", "r2", unsent));
    CHECK(world.server->history().ends_with("user:again") == (unsent == Unsent::Kept));
    CHECK(codeOf([&] { world.host.finish(session->endRun("c", "r2", unsent)); }) == ErrorCode::RunSuperseded);
  }
}

TEST_CASE("a run that waits for an approval goes on without a look at the server") {
  World world;
  auto process = world.process();
  world.server->script = {{call("c1", "add"), call("c2", "ask")}, {said("hi")}};
  ServerAttempt first(&world, process);
  first.addTool("add");
  first.addTool("ask", Approval::Always);
  CHECK(first.finish("\"q\"").interruptions.size() == 1);
  ServerAttempt again(&world, process);
  again.addTool("add");
  again.addTool("ask", Approval::Always);
  again.record.resume = "r1";
  again.setup.decisions = {{"c2", "ask", true}};
  CHECK(again.finish("[]").finalOutput == "hi");
  CHECK(world.input() == "output:0#c1, output:0#c2");
  CHECK(world.server->count("GET") == 0);
  CHECK(world.server->history() == "user:q, call:add({})#c1, call:ask({})#c2, output:0#c1, output:0#c2, assistant:hi");
}

TEST_CASE("a conversation goes on with the agent that spoke last") {
  World world;
  auto process = world.process();
  world.server->script = {{said("hi")}, {said("bye")}};
  ServerAttempt first(&world, process);
  first.agent.name = "B";
  first.finish("\"q\"");
  ServerAttempt second(&world, process, "r2");
  second.record.asksLastAgent = true;
  Agent other{"B", "", "m", "", {}};
  second.start("\"r\"");
  world.host.deliverAll();
  CHECK(second.started->result().lastAgent == "A");
  auto place = placeIn(world.host.finish(world.session(process)->readNote("c")), "c");
  CHECK(place.lastAgent == "A");
}
