#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"

#include <utility>

namespace agents {

namespace {

ToolCall callFrom(std::string_view item, const ItemHead& head, const Agent& agent) {
  if (head.type != "function_call") {
    throw AgentsError(ErrorCode::ModelBehavior,
                      "The model made a '" + head.type + "', which the agent '" + agent.name + "' has no tool for.");
  }
  auto name = json::stringMember(item, "name");
  if (!name || head.callId.empty()) {
    throw AgentsError(ErrorCode::ModelBehavior, "The model made a function call without a name or call_id.");
  }
  return {head.callId, *std::move(name), json::stringMember(item, "arguments").value_or("")};
}

std::vector<ToolCall> callsIn(const std::vector<std::string>& output, const Agent& agent) {
  std::vector<ToolCall> calls;
  for (const auto& item : output) {
    auto head = headOf(item);
    if (head.isCall()) calls.push_back(callFrom(item, head, agent));
  }
  return calls;
}

std::string finalText(const std::vector<std::string>& output) {
  std::string text;
  for (const auto& item : output) {
    if (auto said = outputText(item)) text = *std::move(said);
  }
  return text;
}

}  // namespace

// One model call and the tools it asks for. Whether the run is complete.
Task<bool> Run::turn() {
  const auto& agent = *setup_.agent;
  ModelRequest request{agent.model, agent.instructions, context_.text, {}, agent.settings};
  for (const auto& tool : agent.tools) request.tools.push_back(tool->definition());

  EventSink* sink = setup_.delivery == Delivery::Streamed ? &partial_ : nullptr;
  auto response = co_await setup_.model->respond(std::move(request), sink);
  partial_.clear();
  result_.usage.add(response.usage);
  result_.lastResponseId = response.id;

  auto calls = callsIn(response.output, agent);
  auto text = finalText(response.output);
  auto before = result_.newItems.size();
  add(std::move(response.output));
  if (calls.empty()) {
    result_.finalOutput = std::move(text);
    co_return true;
  }
  co_await setup_.record->add(result_.newItems.back());
  auto outputs = co_await callTools(std::move(calls));
  add(std::move(outputs));
  std::vector<Batch> ofThisTurn(result_.newItems.begin() + static_cast<std::ptrdiff_t>(before), result_.newItems.end());
  co_await setup_.record->endTurn(std::move(ofThisTurn));
  co_return false;
}

}  // namespace agents
