#include "agents/trace.h"

#include <nlohmann/json.hpp>

namespace agents {

std::string traceJson(const Trace& trace) {
  using nlohmann::ordered_json;
  ordered_json metadata = ordered_json::object();
  if (!trace.conversationId.empty()) metadata["conversation_id"] = trace.conversationId;
  if (!trace.sessionType.empty()) metadata["session_type"] = trace.sessionType;
  auto given = ordered_json::parse(trace.metadata, nullptr, false);
  if (given.is_object()) metadata.update(given);
  return ordered_json{{"metadata", std::move(metadata)}}.dump();
}

}  // namespace agents
