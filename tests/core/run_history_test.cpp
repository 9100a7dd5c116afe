#include "agents/normalise.h"
#include "agents/run.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

const std::string U = easy("user", "u");
const std::string Reasoning = R"({"type":"reasoning","id":"rs_1","summary":[]})";

std::string output(const std::string& id, const std::string& text) {
  return R"({"type":"function_call_output","call_id":")" + id + R"(","output":")" + text + "\"}";
}
std::string list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) (text += text.empty() ? "[" : ",") += item;
  return items.empty() ? "[]" : text + "]";
}

// What a run on a custom session with this history sends, saves, and leaves stored.
struct Told {
  std::string model, save, stored;
};
Told tell(const std::vector<std::string>& history, const std::string& input) {
  Stage stage({{{said("ok")}}});
  for (const auto& item : history) stage.session->stored.append(item);
  stage.finish(input);
  REQUIRE(stage.trace.size() == 3);
  return {stage.trace[1], stage.trace[2], stage.stored()};
}

// Runs of one process on a conversation of a store of ours.
struct OnStore {
  FakeHost host;
  std::shared_ptr<Store> store = makeMemoryStore();
  Process process{&host, store};
  int runs = 0;

  // What the model is sent.
  std::string run(const std::string& input) {
    Trace trace;
    Attempt attempt(&host, &trace, {{{said("ok")}}});
    attempt.record.runId = "r" + std::to_string(++runs);
    attempt.finish(process, input);
    return trace.at(0);
  }

  void save(const std::string& item) {
    Items items;
    items.append(item);
    host.finish(process.session->save("c", {{{}, items}}, "s" + std::to_string(++runs)));
  }

  bool isKnown() {
    auto version = sync(store->read({"c"})).version;
    return process.session->parts().writers->wholeHistories.has("c", version, std::nullopt);
  }
};

}  // namespace

TEST_CASE("a stored call without an output is not sent, nor the reasoning before it, and both stay stored") {
  auto told = tell({U, Reasoning, call("k", "add")}, "\"q\"");
  CHECK(told.model == "model(user:u, user:q)");
  CHECK(told.save == "save(user:q, assistant:ok)");
  CHECK(told.stored == "user:u, reasoning, call:add({})#k, user:q, assistant:ok");
}

TEST_CASE("a stored output without a call is not sent, and stays stored") {
  auto told = tell({U, output("k", "1")}, "\"q\"");
  CHECK(told.model == "model(user:u, user:q)");
  CHECK(told.stored == "user:u, output:1#k, user:q, assistant:ok");
}

TEST_CASE("a call in new input waits for its output, and an output in new input answers a stored call") {
  CHECK(tell({call("old", "add")}, list({call("new", "add")})).model == "model(call:add({})#new)");
  CHECK(tell({U, call("k", "add")}, list({output("k", "1")})).model == "model(user:u, call:add({})#k, output:1#k)");
  CHECK(tell({}, list({output("k", "1")})).model == "model(output:1#k)");
}

TEST_CASE("of two outputs of one call the latest is sent, and new input is saved once") {
  auto told = tell({call("k", "add"), output("k", "old")}, list({output("k", "new")}));
  CHECK(told.model == "model(call:add({})#k, output:new#k)");
  CHECK(told.save == "save(output:new#k, assistant:ok)");
  CHECK(tell({}, list({output("k", "old"), call("k", "add"), output("k", "new")})).save ==
        "save(call:add({})#k, output:new#k, assistant:ok)");
}

TEST_CASE("an empty message is sent and saved, an empty list of items adds nothing") {
  CHECK(tell({}, "\"\"").model == "model(user:)");
  CHECK(tell({}, "\"\"").save == "save(user:, assistant:ok)");
  CHECK(tell({}, "[]").model == "model()");
  CHECK(tell({}, "[]").save == "save(assistant:ok)");
  CHECK(tell({U}, "[]").model == "model(user:u)");
}

TEST_CASE("without a session the input is sent as it is, save for items that come twice") {
  Stage stage({{{said("ok")}}});
  stage.session = nullptr;
  stage.finish(list({output("k", "old"), call("k", "add"), output("k", "new"), call("l", "add")}));
  CHECK(stage.trace[0] == "model(call:add({})#k, output:new#k, call:add({})#l)");
}

TEST_CASE("a model that makes a call twice in one answer has its tool called once") {
  Stage stage({{{call("c1", "add", R"({"a":1,"b":2})"), call("c1", "add", R"({"a":1,"b":2})")}}, {{said("x")}}});
  stage.addTool("add", sum);
  stage.finish("\"q\"");
  CHECK(stage.trace == Trace{"load()", "model(user:q)", R"(+add({"a":1,"b":2})#c1)", "-add",
                             R"(model(user:q, call:add({"a":1,"b":2})#c1, output:3#c1))",
                             R"(save(user:q, call:add({"a":1,"b":2})#c1, output:3#c1, assistant:x))"});
}

TEST_CASE("reasoning keeps its id, unless ids are left out of what is sent and of what is stored") {
  auto sent = [](ReasoningIds ids, std::string* stored) {
    Stage stage({{{R"({"type":"reasoning","id":"rs_2","summary":[]})", said("ok")}}});
    stage.session->stored.append(Reasoning);
    stage.session->stored.append(easy("assistant", "a"));
    stage.setup.reasoningIds = ids;
    stage.finish(list({R"({"type":"reasoning","id":"rs_3","summary":[]})", easy("assistant", "b")}));
    *stored = stage.session->stored.text.text();
    return stage.model->requests[0].input.text();
  };
  std::string stored;
  CHECK(sent(ReasoningIds::Keep, &stored).find("rs_1") != std::string::npos);
  CHECK(stored.find("rs_2") != std::string::npos);
  CHECK(sent(ReasoningIds::Omit, &stored).find("rs_") == std::string::npos);
  CHECK(stored.find("rs_1") != std::string::npos);
  CHECK(stored.find("rs_2") == std::string::npos);
  CHECK(stored.find("rs_3") == std::string::npos);
}

TEST_CASE("a history of a store of ours is looked through again only when somebody else has changed it") {
  OnStore on;
  on.run("\"q\"");
  CHECK(on.isKnown());
  on.run("\"more\"");
  CHECK(on.isKnown());
  on.save(call("k", "add"));
  CHECK_FALSE(on.isKnown());
  CHECK(on.run("\"again\"") == "model(user:q, assistant:ok, user:more, assistant:ok, user:again)");
  CHECK_FALSE(on.isKnown());
  on.save(output("k", "1"));
  on.run("\"and again\"");
  CHECK(on.isKnown());
}

TEST_CASE("a run whose input may belong to other items leaves the history to be looked through") {
  OnStore on;
  on.run("\"q\"");
  on.run(list({call("k", "add")}));
  CHECK_FALSE(on.isKnown());
  CHECK(on.run("\"more\"") == "model(user:q, assistant:ok, assistant:ok, user:more)");
}

TEST_CASE("a run that is taken up again is sent no open calls of the history") {
  OnStore on;
  on.save(call("k", "add"));
  Trace trace;
  Attempt failed(&on.host, &trace, {{{}, AgentsError(ErrorCode::ApiError, "down")}});
  CHECK_THROWS(failed.finish(on.process, "\"q\""));
  Attempt again(&on.host, &trace, {{{said("ok")}}});
  again.record.resume = "r1";
  again.finish(on.process, "[]");
  CHECK(trace.back() == "model(user:q)");
}

TEST_CASE("what is known of the newest items says nothing of those before them") {
  WholeHistories known;
  known.found("c", "1", 10);
  CHECK(known.has("c", "1", 10));
  CHECK(known.has("c", "1", 3));
  CHECK(!known.has("c", "1", 11));
  CHECK(!known.has("c", "1", std::nullopt));
  CHECK(!known.has("c", "2", 3));
  known.grew("c", "2");
  CHECK(known.has("c", "2", 3));
  known.forget("c");
  known.grew("c", "3");
  CHECK(!known.has("c", "3", 3));
}
