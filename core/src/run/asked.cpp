#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

bool isAnswered(const std::vector<ItemHead>& heads, const ItemHead& call) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](const ItemHead& head) { return head.isOutput() && head.callId == call.callId; });
}

}  // namespace

// The calls of a response that are for us to answer. None comes twice: `admit` has seen to it. Fails with ModelBehavior
// before any of them is.
Run::Asked Run::askedFor(const std::vector<std::string>& output) {
  std::vector<ItemHead> heads;
  for (const auto& item : output) heads.push_back(headOf(item));
  Asked asked;
  for (std::size_t i = 0; i < output.size(); ++i) {
    // A hosted tool's answer comes along with its call.
    if (heads[i].isCall() && !isAnswered(heads, heads[i])) ask(asked, output[i], heads[i]);
  }
  for (const auto& handoff : asked.handoffs) result_.handoffCalls.push_back(handoff.call.callId);
  return asked;
}

void Run::ask(Asked& asked, std::string_view item, const ItemHead& head) const {
  if (head.type != "function_call") {
    throw AgentsError(ErrorCode::ModelBehavior,
                      "The model made a '" + head.type + "', which the agent '" + agent().name + "' has no tool for.");
  }
  auto name = json::stringMember(item, "name");
  if (!name || head.callId.empty()) {
    throw AgentsError(ErrorCode::ModelBehavior, "The model made a function call without a name or call_id.");
  }
  ToolCall call{head.callId, *std::move(name), json::stringMember(item, "arguments").value_or("")};
  for (auto index : parts_.handoffs) {
    if (agent().handoffs[index].toolName != call.name) continue;
    asked.handoffs.push_back({std::move(call), index});
    return;
  }
  auto tool =
      std::find_if(parts_.tools.begin(), parts_.tools.end(), [&](const auto& one) { return one->name() == call.name; });
  if (tool == parts_.tools.end() && setup_.unknownTool == UnknownTool::Fails) {
    throw AgentsError(ErrorCode::ModelBehavior, "The model called the tool '" + call.name + "', which the agent '" +
                                                    agent().name + "' does not have.");
  }
  asked.calls.push_back({std::move(call), std::string(item), tool == parts_.tools.end() ? nullptr : *tool});
}

}  // namespace agents
