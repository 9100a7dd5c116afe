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

}  // namespace agents
