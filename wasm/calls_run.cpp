#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "agents/error.h"
#include "agents/responses.h"
#include "agents/run.h"
#include "agents/trace.h"
#include "calls.h"
#include "host_parts.h"
#include "sessions.h"

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

std::shared_ptr<const Agent> agentFrom(const json& head, std::uint32_t run) {
  auto agent = std::make_shared<Agent>();
  agent->name = head["name"];
  agent->instructions = head["instructions"];
  agent->model = head["model"];
  agent->settings = head["settings"].dump();
  for (const auto& tool : head["tools"]) {
    agent->tools.push_back(makeTool(run, tool["name"], tool.dump()));
  }
  return agent;
}

std::shared_ptr<Session> sessionFrom(const json& head, std::uint32_t run) {
  if (head.contains("session")) return sessionOf(head["session"]);
  if (head.value("customSession", false)) return makeCustomSession(run);
  return nullptr;
}

RunSetup setupFrom(const Call& call, const json& head) {
  RunSetup setup;
  setup.agent = agentFrom(head["agent"], call.id);
  setup.model = std::make_shared<HostedModel>(call.id, RetryPolicy{head["maxRetries"]});
  setup.input = parseItems(call.body, "input");
  setup.session = sessionFrom(head, call.id);
  setup.conversationId = head.value("conversationId", "");
  if (head.value("hasInputCallback", false)) setup.shaper = makeInputShaper(call.id);
  if (head.contains("maxItems")) setup.maxItems = head["maxItems"].get<std::size_t>();
  setup.maxTurns = head["maxTurns"].is_null() ? std::nullopt : std::optional<int>(head["maxTurns"]);
  setup.delivery = head.value("stream", false) ? Delivery::Streamed : Delivery::Whole;
  setup.maxHistoryBytes = head["maxHistoryBytes"];
  return setup;
}

json usageJson(const Usage& usage) {
  return {{"requests", usage.requests},         {"inputTokens", usage.inputTokens},
          {"cachedTokens", usage.cachedTokens}, {"outputTokens", usage.outputTokens},
          {"reasoningTokens", usage.reasoningTokens}, {"totalTokens", usage.totalTokens}};
}

// {"result":{…},"batches":[{"agent","turn","items":[…]}],"events":[…]}: what nobody has read of the events comes along.
Rope outcome(const RunResult& result, const Trace& trace, std::string events) {
  json summary{{"runId", result.runId},
               {"conversationId", result.conversationId},
               {"finalOutput", result.finalOutput},
               {"lastAgent", result.lastAgent},
               {"lastResponseId", result.lastResponseId},
               {"usage", usageJson(result.usage)},
               {"trace", json::parse(traceJson(trace))}};
  Rope text("{\"result\":" + summary.dump(-1, ' ', false, json::error_handler_t::replace) + ",\"batches\":[");
  bool first = true;
  for (const auto& batch : result.newItems) {
    json head{{"agent", batch.origin.agent}, {"turn", batch.origin.turn.value_or(0)}};
    auto start = head.dump();
    start.back() = ',';
    text.append((std::exchange(first, false) ? "" : ",") + start + "\"items\":[");
    text.append(batch.items.text);
    text.append(std::string("]}"));
  }
  text.append("],\"events\":[" + std::move(events) + "]}");
  return text;
}

Task<Answer> run(Call call) {
  auto head = json::parse(call.head);
  auto run = std::make_shared<Run>(setupFrom(call, head));
  Registered registered(call.id, run);
  auto result = co_await run->result();
  Trace trace{result.conversationId, head.value("sessionType", ""), head["trace"].dump()};
  auto unread = run->events().takeUnread();
  co_return Answer{"", outcome(result, trace, std::move(unread))};
}

std::shared_ptr<Run> runOf(const Call& call) {
  auto found = runs().find(json::parse(call.head)["run"].get<std::uint32_t>());
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

struct Named {
  std::string_view name;
  Operation operation;
};
constexpr std::array Operations{Named{"run", run}, Named{"run.events", events}, Named{"run.detach", detach},
                                Named{"run.cancel", cancel}};

}  // namespace

Operation runOperation(std::string_view name) {
  for (const auto& one : Operations) {
    if (one.name == name) return one.operation;
  }
  return nullptr;
}

std::size_t liveRuns() { return runs().size(); }

}  // namespace agents::wasm
