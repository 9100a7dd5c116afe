#include "agents/json_text.h"
#include "agents/run.h"

#include <algorithm>
#include <utility>

namespace agents {

// What was said to this very call, else to all calls of its tool.
const Decision* Run::decisionOn(const ToolCall& call) const {
  const Decision* always = nullptr;
  for (const auto& decision : setup_.decisions) {
    if (decision.callId == call.callId) return &decision;
    if (decision.callId.empty() && decision.tool == call.name) always = &decision;
  }
  return always;
}

// The calls that may be answered now. The others interrupt the run.
Task<std::vector<Run::AskedCall>> Run::withhold(std::vector<AskedCall> calls) {
  std::vector<AskedCall> now;
  for (auto& asked : calls) {
    bool waits = std::find(waiting_.begin(), waiting_.end(), asked.call.callId) != waiting_.end();
    auto approval = asked.tool ? asked.tool->approval() : Approval::Never;
    bool isDecided = decisionOn(asked.call) != nullptr;
    if (!isDecided && !waits && approval == Approval::Ask) {
      auto members =
          agentMember() + ",\"tool\":" + json::quote(asked.call.name) + ",\"callId\":" + json::quote(asked.call.callId);
      auto reply = co_await setup_.callbacks->call("approval", std::move(members), Rope(asked.call.arguments));
      waits = reply == "true";
    }
    if (isDecided || (!waits && approval != Approval::Always)) {
      std::erase(waiting_, asked.call.callId);
      now.push_back(std::move(asked));
      continue;
    }
    if (setup_.delivery == Delivery::Streamed) events_.approvalRequested(agent().name, asked.item);
    result_.interruptions.push_back({agent().name, std::move(asked.item)});
    std::erase(waiting_, asked.call.callId);
    waiting_.push_back(std::move(asked.call.callId));
  }
  co_return now;
}

}  // namespace agents
