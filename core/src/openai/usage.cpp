#include "agents/model.h"

namespace agents {

void Usage::add(const Usage& more) {
  requests += more.requests;
  inputTokens += more.inputTokens;
  cachedTokens += more.cachedTokens;
  outputTokens += more.outputTokens;
  reasoningTokens += more.reasoningTokens;
  totalTokens += more.totalTokens;
}

std::string usageJson(const Usage& usage) {
  return "{\"requests\":" + std::to_string(usage.requests) + ",\"inputTokens\":" + std::to_string(usage.inputTokens) +
         ",\"cachedTokens\":" + std::to_string(usage.cachedTokens) +
         ",\"outputTokens\":" + std::to_string(usage.outputTokens) +
         ",\"reasoningTokens\":" + std::to_string(usage.reasoningTokens) +
         ",\"totalTokens\":" + std::to_string(usage.totalTokens) + "}";
}

}  // namespace agents
