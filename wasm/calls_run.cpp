#include "agents/conversations.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/records.h"
#include "agents/run.h"
#include "agents/trace.h"
#include "calls.h"
#include "head.h"
#include "host_parts.h"
#include "sessions.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

std::unordered_map<std::uint32_t, std::shared_ptr<Run>>& runs() {
  static std::unordered_map<std::uint32_t, std::shared_ptr<Run>> it;
  return it;
}

// The run is known to the host from its first step until its outcome is settled, however it ends.
class Registered {
 public:
  Registered(std::uint32_t id, std::shared_ptr<Run> run) : id_(id) { runs()[id] = std::move(run); }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() { runs().erase(id_); }

 private:
  std::uint32_t id_;
};

ToolUse toolUseFrom(std::string_view name) {
  if (name == "stop_on_first_tool") return ToolUse::StopOnFirst;
  if (name == "stop_at") return ToolUse::StopAt;
  return name == "ask" ? ToolUse::Ask : ToolUse::RunAgain;
}

std::shared_ptr<const Agent> agentFrom(const HeadReader& head, std::uint32_t run, std::size_t index) {
  auto agent = std::make_shared<Agent>();
  agent->name = head.text("name");
  agent->instructions = head.text("instructions");
  agent->model = head.text("model");
  agent->settings = head.json("settings");
  agent->policy = callPolicyFrom(head);
  if (head.flag("ownModel")) agent->ownModel = makeHostModel(run, index);
  if (head.has("settingsAfterTools")) agent->settingsAfterTools = head.json("settingsAfterTools");
  for (auto tool : head.list("tools")) agent->tools.push_back(makeTool(run, index, tool));
  for (auto definition : head.list("hosted")) agent->hosted.emplace_back(definition);
  for (auto one : head.list("handoffs")) {
    HeadReader handoff(one);
    auto definition = handoff.json("definition");
    agent->handoffs.push_back({HeadReader(definition).text("name"), std::string(definition), handoff.count("agent"),
                               handoff.flag("called"), handoff.flag("filtered")});
  }
  agent->isDynamic = head.flag("dynamic");
  agent->toolUse = toolUseFrom(head.maybeText("toolUse").value_or(""));
  if (agent->toolUse == ToolUse::StopAt) agent->stopAt = head.texts("stopAt");
  agent->checksOutput = head.flag("checksOutput");
  agent->hasOutputGuardrails = head.flag("outputGuardrails");
  return agent;
}

Asks asksFrom(const HeadReader& head) {
  auto names = head.texts("asks");
  auto has = [&names](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return {has("modelInput"),    has("inputGuardrails"), has("inputGuardrailsBeside"), has("toolError"),
          has("failure"),       has("hook:agentStart"), has("hook:agentEnd"),         has("hook:handoff"),
          has("hook:llmStart"), has("hook:llmEnd")};
}

std::vector<Decision> decisionsFrom(const HeadReader& head) {
  std::vector<Decision> decisions;
  for (auto one : head.list("approvals")) {
    HeadReader decision(one);
    decisions.push_back({decision.maybeText("callId").value_or(""), decision.maybeText("tool").value_or(""),
                         decision.flag("approved"), decision.maybeText("message").value_or("")});
  }
  return decisions;
}

// {"agent","turn","items":[…]}
std::vector<Batch> batchesFrom(const HeadReader& state, const std::string& runId) {
  std::vector<Batch> batches;
  for (auto one : state.list("batches")) {
    HeadReader batch(one);
    Origin origin{batch.text("agent"), runId, static_cast<int>(batch.count("turn"))};
    batches.push_back({std::move(origin), parseItems(batch.json("items"), "The items of the run's state")});
  }
  return batches;
}

// `state` is what a RunState remembers, for runs without a journal: {"batches","waiting","version"}.
RecordSetup recordSetupFrom(const HeadReader& head, RunSetup& run) {
  RecordSetup setup{run.conversationId, run.runId, run.agents[run.firstAgent]->name};
  setup.maxItems = head.maybeCount("maxItems");
  if (head.maybeText("persistence") == "per-turn") setup.persistence = Persistence::PerTurn;
  setup.busyTimeout = head.number("busyTimeout");
  setup.resume = head.maybeText("resume");
  setup.tracing = run.tracing;
  setup.asksLastAgent = head.flag("continueWithLastAgent");
  if (!head.has("state")) return setup;
  auto state = head.object("state");
  run.runId = setup.runId = state.text("runId");
  setup.resume = setup.runId;
  setup.earlier = batchesFrom(state, setup.runId);
  setup.waiting = state.texts("waiting");
  setup.expectVersion = state.maybeText("version");
  return setup;
}

std::shared_ptr<RunRecord> recordFrom(const HeadReader& head, RecordSetup setup, std::uint32_t run) {
  if (head.has("session")) return makeStoreRecord(sessionOf(head), std::move(setup));
  if (head.flag("customSession")) return makeSessionRecord(makeCustomSession(run), std::move(setup));
  return makeNoRecord(std::move(setup));
}

RunSetup setupFrom(const Call& call, const HeadReader& head) {
  RunSetup setup;
  for (auto agent : head.list("agents")) {
    setup.agents.push_back(agentFrom(HeadReader(agent), call.id, setup.agents.size()));
  }
  setup.firstAgent = head.count("agent");
  setup.model = makeApiModel(call.id);
  setup.input = parseItems(call.body, "input");
  setup.runId = randomId();
  setup.conversationId = head.maybeText("conversationId").value_or("");
  bool hasSession = head.has("session") || head.flag("customSession");
  if (head.has("tracing")) setup.tracing = {makeTracer(call.id), head.text("tracing") == "sensitive"};
  auto record = recordSetupFrom(head, setup);
  if (head.flag("server")) {
    auto run = makeServerRun(serverSessionOf(head, call.id), std::move(setup.model), std::move(record));
    setup.record = std::move(run.record);
    setup.model = std::move(run.model);
  } else {
    setup.record = recordFrom(head, std::move(record), call.id);
  }
  if (hasSession && head.flag("hasInputCallback")) setup.shaper = makeInputShaper(call.id);
  setup.callbacks = makeCallbacks(call.id);
  setup.asks = asksFrom(head);
  setup.maxTurns = std::nullopt;
  if (auto turns = head.maybeCount("maxTurns")) setup.maxTurns = static_cast<int>(*turns);
  setup.delivery = head.flag("stream") ? Delivery::Streamed : Delivery::Whole;
  if (head.maybeText("unknownTool") == "answer") setup.unknownTool = UnknownTool::Answered;
  setup.maxParallelTools = head.maybeCount("maxParallelTools");
  setup.previousResponseId = head.maybeText("previousResponseId").value_or("");
  setup.chainsResponses = head.flag("chain");
  setup.decisions = decisionsFrom(head);
  if (head.has("resume") || head.has("state")) setup.addedInput = std::exchange(setup.input, {});
  if (head.maybeText("reasoningIds") == "omit") setup.reasoningIds = ReasoningIds::Omit;
  setup.keepsPartial = head.flag("keepPartial");
  setup.maxHistoryBytes = head.count("maxHistoryBytes");
  setup.maxHistoryTokens = head.maybeCount("maxTokens");
  return setup;
}

std::string responsesJson(const std::vector<RunResponse>& responses) {
  ListWriter list;
  for (const auto& one : responses) {
    HeadWriter response;
    response.text("id", one.id).text("requestId", one.requestId).text("agent", one.agent);
    list.add(response.json("usage", usageJson(one.usage)).take());
  }
  return list.take();
}

std::string interruptionsJson(const std::vector<Interruption>& interruptions) {
  ListWriter list;
  for (const auto& one : interruptions) {
    HeadWriter interruption;
    list.add(interruption.text("agent", one.agent).json("rawItem", one.item).take());
  }
  return list.take();
}

void addBatch(ListWriter& list, const Batch& batch) {
  HeadWriter writer;
  writer.text("agent", batch.origin.agent).count("turn", batch.origin.turn.value_or(0));
  list.add(writer.json("items", "[" + batch.items.text.text() + "]").take());
}

// What a RunState remembers of an interrupted run.
std::string stateJson(const RunResult& result) {
  ListWriter batches;
  addBatch(batches, {{"", result.runId, 0}, result.input});
  for (const auto& batch : result.newItems) addBatch(batches, batch);
  HeadWriter state;
  state.count("turn", result.turn).text("version", result.version).json("batches", batches.take());
  return state.json("addedInput", "[" + result.pendingInput.text.text() + "]").take();
}

// {"result":{…},"newItems":[{"type","agent","rawItem"}],"events":[…]}: what nobody has read of the events comes along.
// Written as text: every run pays for it.
Rope outcome(const RunResult& result, const Trace& trace, std::string events) {
  HeadWriter head;
  head.text("runId", result.runId).text("conversationId", result.conversationId);
  head.text("finalOutput", result.finalOutput).text("lastAgent", result.lastAgent);
  head.json("usage", usageJson(result.usage)).json("responses", responsesJson(result.responses));
  head.json("interruptions", interruptionsJson(result.interruptions));
  if (!result.interruptions.empty()) head.json("state", stateJson(result));
  Rope text("{\"result\":" + head.json("trace", traceJson(trace)).take() + ",\"newItems\":[");
  bool first = true;
  for (const auto& batch : result.newItems) {
    // What the user added is no item of the run's.
    if (batch.origin.agent.empty()) continue;
    auto array = "[" + batch.items.text.text() + "]";
    for (auto item : agents::json::elements(array)) {
      text.append((std::exchange(first, false) ? "" : ",") +
                  runItemJson(batch.origin.agent, item, result.handoffCalls));
    }
  }
  text.append("],\"events\":[" + std::move(events) + "]}");
  return text;
}

Trace traceFrom(const HeadReader& head, const RunResult& result) {
  auto metadata = head.has("trace") ? head.json("trace") : "null";
  return {result.conversationId, head.maybeText("sessionType").value_or(""), std::string(metadata)};
}

Task<Answer> run(Call call) {
  HeadReader head(call.head);
  auto run = std::make_shared<Run>(setupFrom(call, head));
  Registered registered(call.id, run);
  Answer answer;
  try {
    auto result = co_await run->result();
    auto trace = traceFrom(head, result);
    auto unread = run->events().takeUnread();
    answer.body = outcome(result, trace, std::move(unread));
  } catch (const AgentsError& error) {
    // What came before the failure is still to be read.
    answer.failure = error;
    answer.body.append("[" + run->events().takeUnread() + "]");
  }
  co_return answer;
}

std::shared_ptr<Run> runOf(const Call& call) {
  auto found = runs().find(static_cast<std::uint32_t>(HeadReader(call.head).count("run")));
  return found == runs().end() ? nullptr : found->second;
}

// The body is the elements of an array; empty at the end.
Task<Answer> events(Call call) {
  auto run = runOf(call);
  Answer answer;
  if (!run) co_return answer;
  auto events = co_await run->events().next();
  answer.body.append(events.value_or(""));
  co_return answer;
}

Task<Answer> detach(Call call) {
  if (auto run = runOf(call)) run->events().detach();
  co_return Answer{};
}

Task<Answer> cancel(Call call) {
  auto run = runOf(call);
  if (!run) co_return Answer{};
  if (HeadReader(call.head).flag("afterTurn")) {
    run->cancelAfterTurn();
  } else {
    run->cancel();
  }
  co_return Answer{};
}

constexpr std::array Operations{NamedOperation{"run", run}, NamedOperation{"run.events", events},
                                NamedOperation{"run.detach", detach}, NamedOperation{"run.cancel", cancel}};

}  // namespace

Operation runOperation(std::string_view name) { return find(Operations, name); }

std::size_t liveRuns() { return runs().size(); }

}  // namespace agents::wasm
