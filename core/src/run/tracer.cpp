#include "agents/tracer.h"

#include "agents/json_text.h"

namespace agents {

std::string spanError(const AgentsError& error, const Tracing& tracing) {
  auto code = codeName(error.code());
  auto message = tracing.includesSensitive ? error.what() : code;
  return "{\"message\":" + json::quote(message) + ",\"data\":{\"code\":" + json::quote(code) + "}}";
}

}  // namespace agents
