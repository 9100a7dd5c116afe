#include "item_kinds.h"

#include <array>

namespace agents {

namespace {

struct Pair {
  std::string_view call;
  std::string_view output;
};
// Those whose halves a provider asks for. Calls of the server's own tools have their results in themselves.
constexpr std::array<Pair, 8> Pairs{{{"program", "program_output"},
                                     {"function_call", "function_call_output"},
                                     {"custom_tool_call", "custom_tool_call_output"},
                                     {"computer_call", "computer_call_output"},
                                     {"local_shell_call", "local_shell_call_output"},
                                     {"shell_call", "shell_call_output"},
                                     {"apply_patch_call", "apply_patch_call_output"},
                                     {"tool_search_call", "tool_search_output"}}};
constexpr std::uint8_t Program = 0;

bool isMessage(const ItemMarks& marks) {
  return marks.type == "message" || (marks.type.empty() && !marks.role.empty());
}

// The SDKs give one and the same id to all that comes from models without ids.
bool isRealId(std::string_view id) { return !id.empty() && id != "__fake_id__" && id != "FAKE_ID"; }

}  // namespace

Half halfOf(const ItemMarks& marks) {
  if (marks.type.empty() || marks.type == "message" || marks.type == "reasoning") return {};
  for (std::uint8_t tool = 0; tool < Pairs.size(); ++tool) {
    if (marks.type == Pairs[tool].call) return {Half::Kind::Call, tool, marks.callId};
    if (marks.type != Pairs[tool].output) continue;
    // The one output that names its call in its id.
    bool isLocalShell = marks.type == "local_shell_call_output";
    return {Half::Kind::Output, tool, isLocalShell ? marks.id : marks.callId};
  }
  return {};
}

bool isProgram(const Half& half) { return half.isCall() && half.tool == Program; }

bool isHostedShellAtWork(const ItemMarks& marks) {
  return marks.type == "shell_call" && (marks.status.empty() || marks.status == "in_progress");
}

bool followsReasoning(const ItemMarks& marks, const Half& half) {
  bool isInput = isMessage(marks) ? marks.role != "assistant" : marks.type == "mcp_approval_response";
  return !isInput && !half.isOutput();
}

Identity identityOf(const ItemMarks& marks, const Half& half) {
  if (!half.callId.empty()) return {marks.type, half.callId};
  // A reference names another item.
  if (isRealId(marks.id) && marks.type != "item_reference")
    return {isMessage(marks) ? "message" : marks.type, marks.id};
  if (isMessage(marks)) return {};
  return {marks.type, marks.callId.empty() ? marks.approvalId : marks.callId};
}

}  // namespace agents
