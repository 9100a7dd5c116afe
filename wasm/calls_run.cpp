#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/records.h"
#include "agents/responses.h"
#include "agents/run.h"
#include "agents/trace.h"
#include "calls.h"
#include "host_parts.h"
#include "sessions.h"

#include <nlohmann/json.hpp>

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

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

// Settings and tools are cut out of the text: a tree would sort their members, and a model reads them in order.
std::shared_ptr<const Agent> agentFrom(const json& head, std::string_view text, std::uint32_t run) {
  auto agent = std::make_shared<Agent>();
  agent->name = head["name"];
  agent->instructions = head["instructions"];
  agent->model = head["model"];
  agent->settings = agents::json::member(text, "settings").value_or("{}");
  for (auto tool : agents::json::elements(agents::json::member(text, "tools").value_or("[]"))) {
    bool idempotent = head["idempotent"][agent->tools.size()];
    agent->tools.push_back(makeTool(run, std::string(tool), idempotent));
  }
  return agent;
}

RecordSetup recordSetupFrom(const json& head, const RunSetup& run) {
  RecordSetup setup{run.conversationId, run.runId, run.agent->name};
  if (head.contains("maxItems")) setup.maxItems = countIn(head["maxItems"]);
  if (head["persistence"] == "per-turn") setup.persistence = Persistence::PerTurn;
  setup.busyTimeout = head["busyTimeout"];
  if (head.contains("resume")) setup.resume = head["resume"];
  return setup;
}

std::shared_ptr<RunRecord> recordFrom(const json& head, RecordSetup setup, std::uint32_t run) {
  if (head.contains("session")) return makeStoreRecord(sessionOf(head["session"]), std::move(setup));
  if (head.value("customSession", false)) return makeSessionRecord(makeCustomSession(run), std::move(setup));
  return makeNoRecord();
}

RunSetup setupFrom(const Call& call, const json& head) {
  RunSetup setup;
  setup.agent = agentFrom(head["agent"], agents::json::member(call.head, "agent").value_or("{}"), call.id);
  setup.model = std::make_shared<HostedModel>(call.id, RetryPolicy{static_cast<int>(countIn(head["maxRetries"]))});
  setup.input = parseItems(call.body, "input");
  setup.runId = randomId();
  setup.conversationId = head.value("conversationId", "");
  bool hasSession = head.contains("session") || head.value("customSession", false);
  if (hasSession && setup.conversationId.empty()) setup.conversationId = randomUuid();
  setup.record = recordFrom(head, recordSetupFrom(head, setup), call.id);
  if (hasSession && head.value("hasInputCallback", false)) setup.shaper = makeInputShaper(call.id);
  setup.maxTurns = std::nullopt;
  if (!head["maxTurns"].is_null()) setup.maxTurns = static_cast<int>(countIn(head["maxTurns"]));
  setup.delivery = head.value("stream", false) ? Delivery::Streamed : Delivery::Whole;
  setup.keepsPartial = head.value("keepPartial", false);
  setup.maxHistoryBytes = countIn(head["maxHistoryBytes"]);
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

Task<Answer> run(Call call) {
  auto head = parseHead(call.head);
  auto run = std::make_shared<Run>(setupFrom(call, head));
  Registered registered(call.id, run);
  Answer answer;
  try {
    auto result = co_await run->result();
    Trace trace{result.conversationId, head.value("sessionType", ""), head["trace"].dump()};
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
  auto found = runs().find(parseHead(call.head)["run"].get<std::uint32_t>());
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
