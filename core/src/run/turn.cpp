#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"
#include "agents/running.h"
#include "agents/signal.h"
#include "usage_record.h"

#include <cstdint>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view Withheld = "Output withheld by an output guardrail.";

struct Said {
  std::string text;
  bool isThere = false;
  std::string refusal;
};

std::string refusalIn(std::string_view item) {
  auto content = json::member(item, "content").value_or("");
  if (headOf(item).type != "message" || !json::isArray(content)) return {};
  std::string refusal;
  for (auto part : json::elements(content)) refusal += json::stringMember(part, "refusal").value_or("");
  return refusal;
}

// What the last message of a response says.
Said saidIn(const std::vector<std::string>& output) {
  Said said;
  for (const auto& item : output) {
    auto text = outputText(item);
    if (!text) continue;
    said = {*std::move(text), true, refusalIn(item)};
  }
  return said;
}

Rope array(const Items& items) {
  Rope text(std::string("["));
  text.append(items.text);
  text.append(std::string("]"));
  return text;
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) (text += text.empty() ? "" : ",") += item;
  return text;
}

// Names a conversation to the provider without telling what it is called here.
std::string cacheKeyOf(std::string_view conversationId) {
  if (conversationId.empty()) return {};
  std::uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : conversationId) hash = (hash ^ byte) * 0x100000001b3;
  std::string key = "agents-wasm:";
  for (int shift = 60; shift >= 0; shift -= 4) key += "0123456789abcdef"[(hash >> shift) & 15];
  return key;
}

// The batches with another text as the output of every call.
std::vector<Batch> withheld(std::vector<Batch> batches) {
  for (auto& batch : batches) {
    auto text = "[" + batch.items.text.text() + "]";
    Items kept;
    for (auto item : json::elements(text)) {
      auto head = headOf(item);
      kept.append(head.isOutput() ? functionCallOutput(head.callId, Withheld) : std::string(item));
    }
    batch.items = std::move(kept);
  }
  return batches;
}

}  // namespace

// One model call and what it asks for.
Task<Run::TurnEnd> Run::turn() {
  parts_ = co_await partsOfTurn();
  if (!std::exchange(hasStarted_, true)) co_await hook(setup_.asks.agentStart, "agentStart");
  auto request = co_await requestOfTurn();
  auto response = co_await respondGuarded(std::move(request));
  partial_.clear();
  response.output = admit(std::move(response.output));
  result_.usage.add(response.usage);
  auto model = agent().ownModel ? std::string() : agent().model;
  result_.responses.push_back(
      {response.id, response.requestId, agent().name, response.usage, turn_, std::move(model), answerMs_});
  // The API has what it said itself, and what it was sent.
  bool isRemembered = setup_.chainsResponses || setup_.record->isOnServer();
  if (setup_.chainsResponses) setup_.previousResponseId = response.id;

  auto asked = askedFor(response.output);
  auto said = saidIn(response.output);
  auto firstBatch = result_.newItems.size();
  add(std::move(response.output));
  if (isRemembered) context_ = {};
  if (!asked.isEmpty()) {
    co_await setup_.record->add(result_.newItems.back());
    auto end = co_await act(std::move(asked), firstBatch);
    co_return end;
  }
  if (said.text.empty() && !said.refusal.empty()) {
    throw AgentsError(ErrorCode::ModelRefusal, "The model refused to answer: " + said.refusal);
  }
  if (agent().checksOutput && !said.isThere) co_return TurnEnd::Again;
  auto end = co_await finish(std::move(said.text), firstBatch, Speaker::Model);
  co_return end;
}

Task<Run::TurnParts> Run::partsOfTurn() {
  const auto& agent = this->agent();
  TurnParts parts{agent.instructions, agent.tools, {}};
  if (!agent.isDynamic) {
    for (std::size_t i = 0; i < agent.handoffs.size(); ++i) parts.handoffs.push_back(i);
    co_return parts;
  }
  auto reply = co_await setup_.callbacks->call("agent", agentMember() + ",\"turn\":" + std::to_string(turn_), {});
  parts.instructions = json::stringMember(reply, "instructions").value_or("");
  parts.tools.clear();
  for (auto index : json::elements(json::member(reply, "tools").value_or("[]"))) {
    parts.tools.push_back(agent.tools.at(std::stoul(std::string(index))));
  }
  for (auto index : json::elements(json::member(reply, "handoffs").value_or("[]"))) {
    parts.handoffs.push_back(std::stoul(std::string(index)));
  }
  co_return parts;
}

Task<ModelRequest> Run::requestOfTurn() {
  const auto& agent = this->agent();
  bool isReset = hasUsedTool_ && !agent.settingsAfterTools.empty();
  ModelRequest request{agent.model, parts_.instructions, context_.text, agent.hosted,
                       isReset ? agent.settingsAfterTools : agent.settings};
  request.previousResponseId = setup_.previousResponseId;
  request.cacheKey = cacheKeyOf(setup_.conversationId);
  request.policy = agent.policy;
  for (const auto& tool : parts_.tools) request.tools.push_back(tool->definition());
  for (auto index : parts_.handoffs) request.tools.push_back(agent.handoffs[index].definition);
  if (!setup_.asks.modelInput) co_return request;

  Rope body(std::string("{\"instructions\":" + json::quote(request.instructions) + ",\"input\":["));
  body.append(request.input);
  body.append(std::string("]}"));
  auto reply = co_await setup_.callbacks->call("modelInput", agentMember(), std::move(body));
  request.instructions = json::stringMember(reply, "instructions").value_or("");
  request.input = parseItems(json::member(reply, "input").value_or("[]"), "What callModelInputFilter returned").text;
  co_return request;
}

// The model's answer, unless a guardrail stops the run.
Task<ModelResponse> Run::respondGuarded(ModelRequest request) {
  bool isFirst = turn_ == 1 && !isResumed_;
  if (isFirst && setup_.asks.inputGuardrails) {
    co_await setup_.callbacks->call("inputGuardrails", agentMember() + ",\"blocking\":true", array(context_));
  }
  bool isWatched = isFirst && setup_.asks.inputGuardrailsBeside;
  // A server that keeps the history would keep what they stop.
  if (isWatched && setup_.record->isOnServer()) {
    isWatched = false;
    co_await setup_.callbacks->call("inputGuardrails", agentMember() + ",\"blocking\":false", array(context_));
  }
  co_await hook(setup_.asks.llmStart, "llmStart");
  spans_.model(request);
  auto answering = isWatched ? respondBeside(std::move(request)) : respond(std::move(request));
  auto response = co_await std::move(answering);
  spans_.answered(response);
  co_await hook(setup_.asks.llmEnd, "llmEnd", {}, Rope("[" + joined(response.output) + "]"));
  co_return response;
}

Task<ModelResponse> Run::respond(ModelRequest request) {
  EventSink* sink = setup_.delivery == Delivery::Streamed ? &partial_ : nullptr;
  const auto& model = agent().ownModel ? agent().ownModel : setup_.model;
  auto asked = std::chrono::steady_clock::now();
  auto response = co_await model->respond(std::move(request), sink);
  answerMs_ = msSince(asked);
  co_return response;
}

// While guardrails look at the input. The model is not waited for when one of them stops the run.
Task<ModelResponse> Run::respondBeside(ModelRequest request) {
  std::exception_ptr tripped;
  Interruptible answering;
  Signal guarded;
  auto guarding = guard(&tripped);
  guarding.start([&] {
    if (tripped) answering.interrupt();
    guarded.set();
  });
  auto response = co_await answering.run(respond(std::move(request)));
  co_await guarded.wait();
  if (tripped) std::rethrow_exception(tripped);
  co_return *std::move(response);
}

Running Run::guard(std::exception_ptr* tripped) {
  try {
    co_await setup_.callbacks->call("inputGuardrails", agentMember() + ",\"blocking\":false", array(context_));
  } catch (...) {
    *tripped = std::current_exception();
  }
}

// Does what a response asked for.
Task<Run::TurnEnd> Run::act(Asked asked, std::size_t firstBatch) {
  auto now = co_await withhold(std::move(asked.calls));
  if (!now.empty()) hasUsedTool_ = true;
  auto answers = co_await callTools(std::move(now));
  std::vector<std::string> outputs;
  for (const auto& answer : answers) outputs.push_back(answer.item);
  add(std::move(outputs));
  if (!result_.interruptions.empty()) {
    // No agent changes while the other one's calls are open.
    for (const auto& handoff : asked.handoffs) waiting_.push_back(handoff.call.callId);
    co_await setup_.record->endTurn(batchesSince(firstBatch));
    co_return TurnEnd::Interrupted;
  }
  if (!asked.handoffs.empty()) {
    co_await handOff(std::move(asked.handoffs), firstBatch);
    co_return TurnEnd::Again;
  }
  std::optional<std::string> output;
  // Somebody who has said more meanwhile wants an answer to it.
  if (setup_.addedInput.count == 0) output = co_await outputOf(answers);
  if (output) {
    auto end = co_await finish(*std::move(output), firstBatch, Speaker::Tool);
    co_return end;
  }
  co_await setup_.record->endTurn(batchesSince(firstBatch));
  co_return TurnEnd::Again;
}

// The final output, which the caller may check; `firstBatch` is the first one of what led to it.
Task<Run::TurnEnd> Run::finish(std::string output, std::size_t firstBatch, Speaker speaker) {
  if (agent().checksOutput) co_await setup_.callbacks->call("output", agentMember(), Rope(output));
  std::exception_ptr failure;
  bool isWithheld = false;
  if (agent().hasOutputGuardrails) {
    try {
      co_await setup_.callbacks->call("outputGuardrails", agentMember(), Rope(output));
    } catch (const AgentsError& error) {
      failure = std::current_exception();
      isWithheld = error.code() == ErrorCode::OutputGuardrailTripwire;
    }
  }
  if (failure) {
    bool isOfTool = speaker == Speaker::Tool;
    if (isWithheld && isOfTool) co_await withholdOutputs(firstBatch);
    // What no guardrail has judged stays, as in the SDK for Python.
    if (!isWithheld || isOfTool) co_await setup_.record->endTurn(batchesSince(firstBatch));
    std::rethrow_exception(failure);
  }
  co_await hook(setup_.asks.agentEnd, "agentEnd", {}, Rope(output));
  result_.finalOutput = std::move(output);
  co_return TurnEnd::Final;
}

// What the tools of this turn have answered is not to be kept.
Task<> Run::withholdOutputs(std::size_t firstBatch) {
  auto kept = withheld(batchesSince(firstBatch));
  result_.newItems.resize(firstBatch);
  for (auto& batch : kept) result_.newItems.push_back(std::move(batch));
  co_await setup_.record->replace(allBatches());
}

}  // namespace agents
