#pragma once

#include <string>

namespace agents {

// What a run says of itself to those who watch it.
struct Trace {
  std::string conversationId;
  std::string sessionType;  // the session's class; empty without a session
  std::string metadata;     // a JSON object of the caller's; its members win
};

// {"metadata":{"conversation_id","session_type",…}}
std::string traceJson(const Trace& trace);

}  // namespace agents
