#pragma once

#include "agents/http.h"
#include "agents/model.h"

namespace agents {

// The model's answer. Fails with ModelTimeout, and cancels the call, when it takes longer; 0 is no limit. `timer`
// outlives the task.
Task<ModelResponse> withinTime(Task<ModelResponse> answer, Timer* timer, double milliseconds);

}  // namespace agents
