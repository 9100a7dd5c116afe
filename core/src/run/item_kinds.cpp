#include "item_kinds.h"

#include "agents/item_types.h"

namespace agents {

namespace {

constexpr std::uint8_t Program = 0;

}  // namespace

Half halfOf(const ItemMarks& marks) {
  if (marks.type.empty() || marks.type == "message" || marks.type == "reasoning") return {};
  for (std::uint8_t tool = 0; tool < Pairs.size(); ++tool) {
    if (marks.type == Pairs[tool].call) return {Half::Kind::Call, tool, marks.callId};
    if (marks.type != Pairs[tool].output) continue;
    return {Half::Kind::Output, tool, namesCallInId(marks.type) ? marks.id : marks.callId};
  }
  return {};
}

bool isProgram(const Half& half) { return half.isCall() && half.tool == Program; }

bool isHostedShellAtWork(const ItemMarks& marks) {
  return marks.type == "shell_call" && (marks.status.empty() || marks.status == "in_progress");
}

bool followsReasoning(const ItemMarks& marks, const Half& half) {
  return !isInput(marks.type, marks.role) && !half.isOutput();
}

Identity identityOf(const ItemMarks& marks, const Half& half) {
  if (!half.callId.empty()) return {marks.type, half.callId};
  bool isSaid = isMessage(marks.type, marks.role);
  if (isOwnId(marks.id, marks.type)) return {isSaid ? "message" : marks.type, marks.id};
  if (isSaid) return {};
  return {marks.type, marks.callId.empty() ? marks.approvalId : marks.callId};
}

}  // namespace agents
