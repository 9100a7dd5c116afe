#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/open_run.h"
#include "agents/run.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view OutcomeUnknown =
    "Outcome unknown: the run was interrupted while this tool was at work. It may or may not have taken effect.";

const Tool* idempotentTool(std::string_view call, const Agent& agent) {
  auto name = json::stringMember(call, "name").value_or("");
  for (const auto& tool : agent.tools) {
    if (tool->name() == name && tool->isIdempotent()) return tool.get();
  }
  return nullptr;
}

ToolCall callFrom(std::string_view item) {
  auto member = [&](std::string_view key) { return json::stringMember(item, key).value_or(""); };
  return {member("call_id"), member("name"), member("arguments")};
}

}  // namespace

// Goes on where the run broke off: gives what the model is to see.
Items Run::takeUp(Beginning beginning) {
  result_.runId = beginning.runId;
  result_.newItems.clear();
  inputToSave_ = {};
  auto context = std::move(beginning.history);
  for (auto& batch : beginning.earlier) {
    context.append(batch.items);
    turn_ = std::max(turn_, batch.origin.turn.value_or(0));
    if (batch.origin.turn.value_or(0) == 0) {
      inputToSave_.append(batch.items);
    } else {
      result_.newItems.push_back(std::move(batch));
    }
  }
  return context;
}

// Calls that had been made when the run broke off, and whose results nobody knows: only a tool that says that it may be
// called again is called again.
Task<> Run::answerOpenCalls() {
  std::vector<ToolCall> again;
  std::vector<std::string> unknown;
  for (const auto& call : unansweredCalls(result_.newItems)) {
    if (idempotentTool(call, *setup_.agent)) {
      again.push_back(callFrom(call));
    } else if (auto output = outputFor(call, OutcomeUnknown)) {
      unknown.push_back(*std::move(output));
    }
  }
  if (!unknown.empty()) {
    co_await setup_.record->add(batchOf(unknown));
    add(std::move(unknown));
  }
  if (again.empty()) co_return;
  auto outputs = co_await callTools(std::move(again));
  add(std::move(outputs));
}

}  // namespace agents
