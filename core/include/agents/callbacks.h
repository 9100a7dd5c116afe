#pragma once

#include "agents/rope.h"
#include "agents/task.h"

#include <string>
#include <string_view>

namespace agents {

// The caller's functions, which a run asks between its steps. wasm/README.md lists them with what crosses.
class Callbacks {
 public:
  virtual ~Callbacks() = default;

  // Asks the function `what`. `members` are those of a JSON object, without its braces; the body is JSON or empty, and
  // so is the answer. Fails as the function fails: with CallbackFailed unless it says otherwise.
  virtual Task<std::string> call(std::string_view what, std::string members, Rope body) = 0;
};

// Which of the functions that belong to a run rather than to an agent there are.
struct Asks {
  bool modelInput = false;
  bool inputGuardrails = false;        // before the model is asked
  bool inputGuardrailsBeside = false;  // while the model answers
  bool toolError = false;
  bool failure = false;
  // Hooks.
  bool agentStart = false;
  bool agentEnd = false;
  bool handoff = false;
  bool llmStart = false;
  bool llmEnd = false;
};

}  // namespace agents
