#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/records.h"
#include "agents/responses.h"
#include "agents/run.h"
#include "agents/trace.h"
#include "calls.h"
#include "head.h"
#include "host_parts.h"
#include "sessions.h"

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

// A model that owns the way to its server.
class HostedModel final : public Model {
 public:
  HostedModel(std::uint32_t run, RetryPolicy retry)
      : client_(makeHttpClient(run)), timer_(makeTimer()), model_(client_.get(), timer_.get(), retry) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override {
    return model_.respond(std::move(request), events);
  }

 private:
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Timer> timer_;
  ResponsesModel model_;
};

std::shared_ptr<const Agent> agentFrom(const HeadReader& head, std::uint32_t run) {
  auto agent = std::make_shared<Agent>();
  agent->name = head.text("name");
  agent->instructions = head.text("instructions");
  agent->model = head.text("model");
  agent->settings = head.json("settings");
  auto idempotent = head.list("idempotent");
  for (auto tool : head.list("tools")) {
    agent->tools.push_back(makeTool(run, std::string(tool), idempotent.at(agent->tools.size()) == "true"));
  }
  return agent;
}

RecordSetup recordSetupFrom(const HeadReader& head, const RunSetup& run) {
  RecordSetup setup{run.conversationId, run.runId, run.agent->name};
  setup.maxItems = head.maybeCount("maxItems");
  if (head.maybeText("persistence") == "per-turn") setup.persistence = Persistence::PerTurn;
  setup.busyTimeout = head.number("busyTimeout");
  setup.resume = head.maybeText("resume");
  return setup;
}

std::shared_ptr<RunRecord> recordFrom(const HeadReader& head, RecordSetup setup, std::uint32_t run) {
  if (head.has("session")) return makeStoreRecord(sessionOf(head), std::move(setup));
  if (head.flag("customSession")) return makeSessionRecord(makeCustomSession(run), std::move(setup));
  return makeNoRecord();
}

RunSetup setupFrom(const Call& call, const HeadReader& head) {
  RunSetup setup;
  setup.agent = agentFrom(head.object("agent"), call.id);
  setup.model = std::make_shared<HostedModel>(call.id, RetryPolicy{static_cast<int>(head.count("maxRetries"))});
  setup.input = parseItems(call.body, "input");
  setup.runId = randomId();
  setup.conversationId = head.maybeText("conversationId").value_or("");
  bool hasSession = head.has("session") || head.flag("customSession");
  if (hasSession && setup.conversationId.empty()) setup.conversationId = randomUuid();
  setup.record = recordFrom(head, recordSetupFrom(head, setup), call.id);
  if (hasSession && head.flag("hasInputCallback")) setup.shaper = makeInputShaper(call.id);
  setup.maxTurns = std::nullopt;
  if (auto turns = head.maybeCount("maxTurns")) setup.maxTurns = static_cast<int>(*turns);
  setup.delivery = head.flag("stream") ? Delivery::Streamed : Delivery::Whole;
  setup.keepsPartial = head.flag("keepPartial");
  setup.maxHistoryBytes = head.count("maxHistoryBytes");
  return setup;
}

std::string usageJson(const Usage& usage) {
  return "{\"requests\":" + std::to_string(usage.requests) + ",\"inputTokens\":" + std::to_string(usage.inputTokens) +
         ",\"cachedTokens\":" + std::to_string(usage.cachedTokens) +
         ",\"outputTokens\":" + std::to_string(usage.outputTokens) +
         ",\"reasoningTokens\":" + std::to_string(usage.reasoningTokens) +
         ",\"totalTokens\":" + std::to_string(usage.totalTokens) + "}";
}

// {"result":{…},"newItems":[{"type","agent","rawItem"}],"events":[…]}: what nobody has read of the events comes along.
// Written as text: every run pays for it.
Rope outcome(const RunResult& result, const Trace& trace, std::string events) {
  using agents::json::quote;
  Rope text("{\"result\":{\"runId\":" + quote(result.runId) + ",\"conversationId\":" + quote(result.conversationId) +
            ",\"finalOutput\":" + quote(result.finalOutput) + ",\"lastResponseId\":" + quote(result.lastResponseId) +
            ",\"usage\":" + usageJson(result.usage) + ",\"trace\":" + traceJson(trace) + "},\"newItems\":[");
  bool first = true;
  for (const auto& batch : result.newItems) {
    auto array = "[" + batch.items.text.text() + "]";
    for (auto item : agents::json::elements(array)) {
      text.append((std::exchange(first, false) ? "" : ",") + runItemJson(batch.origin.agent, item));
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
  if (auto run = runOf(call)) run->cancel();
  co_return Answer{};
}

constexpr std::array Operations{NamedOperation{"run", run}, NamedOperation{"run.events", events},
                                NamedOperation{"run.detach", detach}, NamedOperation{"run.cancel", cancel}};

}  // namespace

Operation runOperation(std::string_view name) { return find(Operations, name); }

std::size_t liveRuns() { return runs().size(); }

}  // namespace agents::wasm
