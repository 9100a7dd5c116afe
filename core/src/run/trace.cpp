#include "agents/trace.h"

#include "agents/json_text.h"

namespace agents {

std::string traceJson(const Trace& trace) {
  std::string metadata;
  auto add = [&metadata](std::string_view member) {
    if (!metadata.empty() && !member.empty()) metadata += ',';
    metadata += member;
  };
  if (!trace.conversationId.empty()) add("\"conversation_id\":" + json::quote(trace.conversationId));
  if (!trace.sessionType.empty()) add("\"session_type\":" + json::quote(trace.sessionType));
  // Of two members of one name, readers of JSON take the last.
  if (json::isObject(trace.metadata)) add(json::inner(trace.metadata));
  return "{\"metadata\":{" + metadata + "}}";
}

}  // namespace agents
