#include "agents/assembly.h"
#include "agents/model_timeout.h"
#include "agents/responses.h"
#include "agents/retry.h"
#include "agents/wire.h"
#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <utility>

namespace agents::wasm {

namespace {

// The OpenAI API, with the way to it.
class ApiModel final : public Model {
 public:
  explicit ApiModel(std::uint32_t run)
      : client_(makeHttpClient(run)), timer_(makeTimer()), model_(client_.get(), timer_.get()) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override {
    return model_.respond(std::move(request), events);
  }

 private:
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Timer> timer_;
  ResponsesModel model_;
};

std::string_view orElse(const std::string& json, std::string_view other) { return json.empty() ? other : json; }

Rope bodyOf(const ModelRequest& request) {
  ListWriter tools;
  for (const auto& tool : request.tools) tools.add(tool);
  HeadWriter head;
  head.text("instructions", request.instructions).json("settings", orElse(request.settings, "{}"));
  head.json("tools", tools.take());
  if (!request.model.empty()) head.text("model", request.model);
  if (!request.previousResponseId.empty()) head.text("previousResponseId", request.previousResponseId);
  auto text = head.take();
  text.pop_back();
  Rope body(text + ",\"input\":[");
  body.append(request.input);
  body.append(std::string("]}"));
  return body;
}

// What the host keeps open under a ticket that it has answered.
struct OpenTicket {
  explicit OpenTicket(std::uint32_t id) : id(id) {}
  OpenTicket(const OpenTicket&) = delete;
  OpenTicket& operator=(const OpenTicket&) = delete;
  ~OpenTicket() { abandon(id); }

  std::uint32_t id;
};

ModelResponse wholeFrom(const Reply& reply) {
  auto checked = wire::checkedJson(reply.body, "The model's response");
  auto response = wire::parseResponse(checked);
  response.requestId = HeadReader(reply.head).maybeText("requestId").value_or("");
  return response;
}

// An array of events.
std::string eventsFrom(const Reply& reply) {
  if (!reply.body.empty()) return wire::checkedJson(reply.body, "What the model streamed");
  throw AgentsError(ErrorCode::ModelBehavior, "The model's stream ended before its response was complete.");
}

// A model that is an object of the caller's (js/src/models/host-model.ts).
class HostModel final : public Model {
 public:
  HostModel(std::uint32_t run, std::size_t agent) : run_(run), agent_(agent), timer_(makeTimer()) {}

  Task<ModelResponse> respond(ModelRequest request, EventSink* events) override {
    auto timeout = request.policy.timeoutMs;
    return withinTime(tries(std::move(request), events), timer_.get(), timeout);
  }

 private:
  // Sent again if the model failed as the API does, before anyone has heard of its answer. One coroutine: three of them
  // would be two kilobytes more.
  Task<ModelResponse> tries(ModelRequest request, EventSink* events) {
    Retries retries(timer_.get(), request.policy.retry);
    auto body = bodyOf(request);
    bool hasBegun = false;
    for (;;) {
      std::optional<FailedRequest> failure;
      try {
        auto reply = co_await ask("model", headOf(events), body);
        if (!events) co_return wholeFrom(reply);
        OpenTicket stream(reply.ticket);
        Assembly assembly;
        while (!assembly.response()) {
          reply = co_await ask("model.next", HeadWriter().count("model", stream.id).take());
          auto batch = eventsFrom(reply);
          for (auto event : agents::json::elements(batch)) {
            assembly.take({}, event);
            hasBegun = true;
            co_await events->emit(std::string(event));
            if (assembly.response()) break;
          }
        }
        co_return *std::move(assembly.response());
      } catch (const AgentsError& error) {
        if (hasBegun) throw;
        failure = judged(error);
      }
      co_await retries.next(*std::move(failure));
    }
  }

  std::string headOf(EventSink* events) const {
    HeadWriter head;
    head.count("run", run_).count("agent", static_cast<std::int64_t>(agent_));
    return head.flag("stream", events != nullptr).take();
  }

  std::uint32_t run_;
  std::size_t agent_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace

std::shared_ptr<Model> makeApiModel(std::uint32_t run) { return std::make_shared<ApiModel>(run); }

std::shared_ptr<Model> makeHostModel(std::uint32_t run, std::size_t agent) {
  return std::make_shared<HostModel>(run, agent);
}

CallPolicy callPolicyFrom(const HeadReader& agent) {
  CallPolicy policy;
  if (agent.has("timeoutMs")) policy.timeoutMs = agent.number("timeoutMs");
  if (!agent.has("retry")) return policy;
  auto retry = agent.object("retry");
  policy.retry = {static_cast<int>(retry.count("maxRetries")), retry.number("initialDelayMs"),
                  retry.number("maxDelayMs"), retry.number("multiplier"), retry.number("jitter")};
  return policy;
}

}  // namespace agents::wasm
