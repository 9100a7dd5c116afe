#pragma once

#include <array>
#include <string_view>

namespace agents {

// What is known of items by their types alone.

// A call, and the output that a provider asks for.
struct PairTypes {
  std::string_view call;
  std::string_view output;
  bool asksClient;  // the server answers the others itself, at times
};
// Calls of the server's own tools that have their results in themselves are none of these.
inline constexpr std::array<PairTypes, 8> Pairs{{{"program", "program_output", false},
                                                 {"function_call", "function_call_output", true},
                                                 {"custom_tool_call", "custom_tool_call_output", true},
                                                 {"computer_call", "computer_call_output", true},
                                                 {"local_shell_call", "local_shell_call_output", true},
                                                 {"shell_call", "shell_call_output", true},
                                                 {"apply_patch_call", "apply_patch_call_output", true},
                                                 {"tool_search_call", "tool_search_output", false}}};

// Whether an output of this type names its call in its id: all others have a call_id for it.
constexpr bool namesCallInId(std::string_view type) { return type == "local_shell_call_output"; }

// Messages may leave their type out.
constexpr bool isMessage(std::string_view type, std::string_view role) {
  return type == "message" || (type.empty() && !role.empty());
}

// Whether reasoning cannot have led to the item, because it is what somebody said to the model. Types that are not
// known are trusted.
constexpr bool isInput(std::string_view type, std::string_view role) {
  return isMessage(type, role) ? role != "assistant" : type == "mcp_approval_response";
}

// Whether a provider would know the item by its id. Some items name another one with it, and the SDKs give one and the
// same to all that comes from models without ids.
constexpr bool isOwnId(std::string_view id, std::string_view type) {
  return !id.empty() && id != "__fake_id__" && id != "FAKE_ID" && type != "item_reference" && !namesCallInId(type);
}

}  // namespace agents
