#pragma once

#include "agents/task.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace agents {

struct ToolCall {
  std::string callId;
  std::string name;
  std::string arguments;  // JSON text, as the model wrote it
};

// What the model reads as the call's output. A failed result is an answer too: the model may try something else.
struct ToolResult {
  std::string output;
  bool failed = false;
  // Whether the output is JSON, a list of text, image and file parts, rather than text.
  bool isJson = false;

  static ToolResult ok(std::string output) { return {std::move(output)}; }
  static ToolResult failure(std::string reason) { return {std::move(reason), true}; }
};

// Whether a call waits until a person has agreed to it.
enum class Approval { Never, Always, Ask };

// A function that the model may call.
class Tool {
 public:
  virtual ~Tool() = default;
  virtual const std::string& name() const = 0;
  // As the wire has it: {"type":"function","name",…}.
  virtual const std::string& definition() const = 0;
  // Whether a call may be made again when nobody knows what became of it.
  virtual bool isIdempotent() const { return false; }
  // With Ask, the caller is asked for each call (Callbacks, "approval").
  virtual Approval approval() const { return Approval::Never; }
  virtual Task<ToolResult> invoke(ToolCall call) = 0;
};

}  // namespace agents
