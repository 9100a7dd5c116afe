#pragma once

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/records.h"
#include "agents/run.h"
#include "fake_host.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The parts around a run. Each writes what it is asked for into one trace and answers later, from the host's queue.
namespace agents::testing {

using Trace = std::vector<std::string>;

// An item in short: user:hello, assistant:hi, call:add({"a":1})#c1, output:3#c1.
inline std::string show(std::string_view item) {
  auto head = headOf(item);
  auto text = [&](const char* key) { return json::stringMember(item, key).value_or(""); };
  if (head.isCall()) return "call:" + text("name") + "(" + text("arguments") + ")#" + head.callId;
  if (head.isOutput()) return "output:" + text("output") + "#" + head.callId;
  if (head.type != "message") return head.type;
  auto said = outputText(item);
  return head.role + ":" + (said ? *said : text("content"));
}

inline std::string show(const Items& items) {
  auto text = "[" + items.text.text() + "]";
  std::string all;
  for (auto item : json::elements(text)) all += (all.empty() ? "" : ", ") + show(item);
  return all;
}

inline std::string said(const std::string& text) {
  return R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":)" + json::quote(text) + "}]}";
}
inline std::string easy(const std::string& role, const std::string& text) {
  return R"({"role":")" + role + R"(","content":)" + json::quote(text) + "}";
}
inline std::string call(const std::string& id, const std::string& name, const std::string& arguments = "{}") {
  return R"({"type":"function_call","call_id":")" + id + R"(","name":")" + name + R"(","arguments":)" +
         json::quote(arguments) + "}";
}

// What the model does when it is asked once.
struct Reply {
  std::vector<std::string> output;
  std::optional<AgentsError> failure = std::nullopt;
  std::vector<std::string> events = {};
};

class ScriptedModel final : public Model {
 public:
  ScriptedModel(FakeHost* host, Trace* trace, std::deque<Reply> script)
      : host_(host), trace_(trace), script_(std::move(script)) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override {
    Items input;
    input.text = request.input;
    trace_->push_back("model(" + show(input) + ")");
    requests.push_back(std::move(request));
    auto reply = std::move(script_.at(0));
    script_.pop_front();
    co_await host_->later();
    if (reply.failure) throw *reply.failure;
    for (auto& event : reply.events) {
      if (events) co_await events->emit(std::move(event));
    }
    if (pausesBehindEvents) co_await host_->later();
    ModelResponse response;
    response.id = "resp_" + std::to_string(requests.size());
    response.output = std::move(reply.output);
    response.usage = {1, 10, 2, 5, 1, 15};
    co_return response;
  }

  std::vector<ModelRequest> requests;
  bool pausesBehindEvents = false;

 private:
  FakeHost* host_;
  Trace* trace_;
  std::deque<Reply> script_;
};

// Keeps one conversation.
class RecordingSession final : public Session {
 public:
  RecordingSession(FakeHost* host, Trace* trace) : host_(host), trace_(trace) {}

  Task<Page> load(std::string conversationId, LoadOptions options) override {
    trace_->push_back("load(" + (options.maxItems ? std::to_string(*options.maxItems) : "") + ")");
    loadedId = std::move(conversationId);
    co_await host_->later();
    if (loadFails) throw AgentsError(ErrorCode::SessionIo, "The database is down.");
    Page page;
    page.items = stored;
    co_return page;
  }

  Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) override {
    Items items;
    for (const auto& batch : batches) {
      if (batch.items.count > 0) items.append(batch.items);
    }
    trace_->push_back("save(" + show(items) + ")");
    savedId = std::move(conversationId);
    savedOpId = std::move(opId);
    saved = std::move(batches);
    co_await host_->later();
    if (saveFails) throw AgentsError(ErrorCode::SessionQuota, "The disk is full.");
    stored.append(items);
  }

  Items stored;
  std::vector<Batch> saved;
  std::string loadedId, savedId, savedOpId;
  bool loadFails = false;
  bool saveFails = false;

 private:
  FakeHost* host_;
  Trace* trace_;
};

// Works on its call when the host gets to it.
class FakeTool final : public Tool {
 public:
  using Work = std::function<ToolResult(const ToolCall&)>;

  FakeTool(FakeHost* host, Trace* trace, std::string name, Work work, bool idempotent = false,
           Approval approval = Approval::Never)
      : host_(host),
        trace_(trace),
        name_(std::move(name)),
        definition_(R"({"type":"function","name":")" + name_ + "\"}"),
        work_(std::move(work)),
        idempotent_(idempotent),
        approval_(approval) {}

  bool isIdempotent() const override { return idempotent_; }
  Approval approval() const override { return approval_; }
  const std::string& name() const override { return name_; }
  const std::string& definition() const override { return definition_; }

  Task<ToolResult> invoke(ToolCall call) override {
    trace_->push_back("+" + name_ + "(" + call.arguments + ")#" + call.callId);
    co_await host_->later();
    trace_->push_back("-" + name_);
    co_return work_(call);
  }

 private:
  FakeHost* host_;
  Trace* trace_;
  std::string name_;
  std::string definition_;
  Work work_;
  bool idempotent_;
  Approval approval_;
};

// Answers what a run asks, in the order of the questions; a question that nobody foresaw is answered with nothing.
class FakeCallbacks final : public Callbacks {
 public:
  using Work = std::function<std::string(const std::string& members, const std::string& body)>;

  FakeCallbacks(FakeHost* host, Trace* trace) : host_(host), trace_(trace) {}

  void on(const std::string& what, Work work) { works_[what] = std::move(work); }

  Task<std::string> call(std::string_view what, std::string members, Rope body) override {
    auto name = std::string(what);
    trace_->push_back(name + "(" + members + ")");
    co_await host_->later();
    auto found = works_.find(name);
    if (found == works_.end()) co_return "";
    co_return found->second(members, body.text());
  }

 private:
  FakeHost* host_;
  Trace* trace_;
  std::map<std::string, Work> works_;
};

// A run with all its fakes. Set up first, then `start`.
class Stage {
 public:
  explicit Stage(std::deque<Reply> script) : model(std::make_shared<ScriptedModel>(&host, &trace, std::move(script))) {
    setup.model = model;
    setup.conversationId = "c";
    setup.runId = "r";
  }

  void addTool(const std::string& name, FakeTool::Work work, Approval approval = Approval::Never) {
    agent.tools.push_back(std::make_shared<FakeTool>(&host, &trace, name, std::move(work), false, approval));
  }

  // All that may be handed over to: the first one, and `others`.
  std::vector<std::shared_ptr<const Agent>> agents() const {
    std::vector<std::shared_ptr<const Agent>> all{std::make_shared<const Agent>(agent)};
    for (const auto& other : others) all.push_back(std::make_shared<const Agent>(other));
    return all;
  }

  RecordSetup recordSetup() {
    record.conversationId = setup.conversationId;
    record.runId = setup.runId;
    record.agent = agent.name;
    return record;
  }

  void start(const std::string& input) {
    auto own = recordSetup();
    startOn(session ? makeSessionRecord(session, own) : makeNoRecord(own), input);
  }

  void startOn(std::unique_ptr<RunRecord> itsRecord, const std::string& input) {
    auto own = setup;
    own.agents = agents();
    own.callbacks = callbacks;
    own.input = parseItems(input, "input");
    own.record = std::move(itsRecord);
    run.emplace(std::move(own));
    started.emplace(run->result());
  }

  RunResult finish(const std::string& input) {
    start(input);
    host.deliverAll();
    return started->result();
  }

  std::string stored() const { return show(session->stored); }

  FakeHost host;
  Trace trace;
  std::shared_ptr<ScriptedModel> model;
  std::shared_ptr<RecordingSession> session = std::make_shared<RecordingSession>(&host, &trace);
  std::shared_ptr<FakeCallbacks> callbacks = std::make_shared<FakeCallbacks>(&host, &trace);
  Agent agent{"A", "Be brief.", "m", "", {}};
  std::vector<Agent> others;
  RecordSetup record;
  RunSetup setup;
  std::optional<Run> run;
  std::optional<Started<RunResult>> started;
};

inline ToolResult sum(const ToolCall& call) {
  auto number = [&](const char* key) {
    return std::stoi(std::string(json::member(call.arguments, key).value_or("0")));
  };
  return ToolResult::ok(std::to_string(number("a") + number("b")));
}

}  // namespace agents::testing
