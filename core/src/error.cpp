#include "agents/error.h"

#include <array>

namespace agents {

namespace {

struct Name {
  ErrorCode code;
  std::string_view text;
};

constexpr std::array Names{
    Name{ErrorCode::InvalidArgument, "invalid_argument"},
    Name{ErrorCode::UserError, "user_error"},
    Name{ErrorCode::Aborted, "aborted"},
    Name{ErrorCode::CallbackFailed, "callback_failed"},
    Name{ErrorCode::MaxTurnsExceeded, "max_turns_exceeded"},
    Name{ErrorCode::ModelBehavior, "model_behavior"},
    Name{ErrorCode::ModelFailed, "model_failed"},
    Name{ErrorCode::ModelRefusal, "model_refusal"},
    Name{ErrorCode::ModelTimeout, "model_timeout"},
    Name{ErrorCode::InvalidFinalOutput, "invalid_final_output"},
    Name{ErrorCode::InputGuardrailTripwire, "input_guardrail_tripwire"},
    Name{ErrorCode::OutputGuardrailTripwire, "output_guardrail_tripwire"},
    Name{ErrorCode::ToolGuardrailTripwire, "tool_guardrail_tripwire"},
    Name{ErrorCode::ToolCallFailed, "tool_call_error"},
    Name{ErrorCode::ToolTimeout, "tool_timeout"},
    Name{ErrorCode::InvalidRunState, "invalid_run_state"},
    Name{ErrorCode::ApiError, "api_error"},
    Name{ErrorCode::ApiConnection, "api_connection"},
    Name{ErrorCode::ApiConnectionTimeout, "api_connection_timeout"},
    Name{ErrorCode::SessionClosed, "closed"},
    Name{ErrorCode::SessionBusy, "busy"},
    Name{ErrorCode::SessionLocked, "locked"},
    Name{ErrorCode::SessionCorrupt, "corrupt"},
    Name{ErrorCode::SessionQuota, "quota"},
    Name{ErrorCode::SessionNotFound, "not_found"},
    Name{ErrorCode::SessionInvalidItem, "invalid_item"},
    Name{ErrorCode::SessionTooLarge, "too_large"},
    Name{ErrorCode::SessionUnsupported, "unsupported"},
    Name{ErrorCode::SessionConflict, "conflict"},
    Name{ErrorCode::ConversationBusy, "conversation_busy"},
    Name{ErrorCode::RunSuperseded, "run_superseded"},
    Name{ErrorCode::SessionIo, "io"},
    Name{ErrorCode::Internal, "internal"},
};

}  // namespace

std::string_view codeName(ErrorCode code) {
  for (const auto& name : Names) {
    if (name.code == code) return name.text;
  }
  return "internal";
}

ErrorCode codeFromName(std::string_view text) {
  for (const auto& name : Names) {
    if (name.text == text) return name.code;
  }
  return ErrorCode::Internal;
}

}  // namespace agents
