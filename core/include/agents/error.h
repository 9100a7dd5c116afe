#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace agents {

// Why something cannot go on. JavaScript sees each as a snake_case string (`codeName`).
enum class ErrorCode {
  // The caller's fault.
  InvalidArgument,  // An option or argument has a value that is not accepted.
  UserError,        // Parts are combined in a way that cannot work; a callback returned something unusable.
  Aborted,          // The caller stopped the run.
  CallbackFailed,   // A function of the caller threw; the cause is kept on the JavaScript side.

  // The run.
  MaxTurnsExceeded,        // The run used all of its turns without a final output.
  ModelBehavior,           // The model answered something that breaks the protocol.
  ModelFailed,             // The model reported that the response failed or is incomplete.
  ModelRefusal,            // The model refused to answer.
  ModelTimeout,            // The model took longer than its settings allow.
  InvalidFinalOutput,      // The final output is not of the agent's output type.
  InputGuardrailTripwire,  // A guardrail stopped the run.
  OutputGuardrailTripwire,
  ToolGuardrailTripwire,
  ToolCallFailed,  // A tool failed that does not leave its failures to the model.
  ToolTimeout,
  InvalidRunState,  // A run's state is damaged, or of a version that this one does not know.

  // The network.
  ApiError,              // The server answered with an error status.
  ApiConnection,         // No answer, or one that broke off.
  ApiConnectionTimeout,  // Nothing arrived for as long as `timeout` allows.

  // Sessions and stores.
  SessionClosed,       // Used after close().
  SessionBusy,         // Another connection holds the database longer than we wait.
  SessionLocked,       // Another tab or process owns the database.
  SessionCorrupt,      // The file is no database, or its tables are not ours.
  SessionQuota,        // No space left.
  SessionNotFound,     // The file, folder or item is not there.
  SessionInvalidItem,  // An item cannot be stored as it is.
  SessionTooLarge,     // More than the store or the memory takes.
  SessionUnsupported,  // This place or this version cannot do it.
  SessionConflict,     // The conversation changed since it was read, or an operation id was used twice.
  ConversationBusy,    // Another run has the conversation for longer than we wait.
  RunSuperseded,       // The run is not open any more: it was committed, discarded or overtaken, or its conversation
                       // deleted.
  SessionIo,           // Anything else that a store reports.

  Internal,  // A defect of this package.
};

std::string_view codeName(ErrorCode code);
// The code of that name, or Internal when there is none.
ErrorCode codeFromName(std::string_view name);

// "This cannot continue." Expected outcomes are values instead.
class AgentsError : public std::runtime_error {
 public:
  // `detail` is a JSON object with what a program may want to know (status, code of the API, request id), or empty.
  AgentsError(ErrorCode code, const std::string& message, std::string detail = {})
      : std::runtime_error(message), code_(code), detail_(std::move(detail)) {}

  ErrorCode code() const { return code_; }
  const std::string& detail() const { return detail_; }

 private:
  ErrorCode code_;
  std::string detail_;
};

}  // namespace agents
