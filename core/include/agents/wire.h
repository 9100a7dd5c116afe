#pragma once

#include "agents/error.h"
#include "agents/model.h"

#include <string>
#include <string_view>

// The shapes of the Responses API that are not items.
namespace agents::wire {

// `text` without white space. Fails with ModelBehavior if it is no JSON; `what` names it there.
std::string checkedJson(std::string_view text, const char* what);

// The body of `POST /responses`.
Rope requestBody(const ModelRequest& request, bool stream);

// The response object `text`. Fails with ModelFailed if it says that it failed or is incomplete, with ModelBehavior if
// it is none.
ModelResponse parseResponse(std::string_view text);

// What an error status means; `body` may be the API's JSON, another server's, or anything else.
AgentsError apiError(int status, std::string_view body, const std::string& requestId);
// The error in a stream's `error` event, nested as the live API sends it or flat as documented.
AgentsError streamError(std::string_view event);

}  // namespace agents::wire
