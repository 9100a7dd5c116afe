#pragma once

#include "agents/http.h"

#include <optional>

namespace agents {

// When and how often a request is sent again: the rules of OpenAI's official clients, save that an exhausted quota is
// not retried, since waiting seconds cannot help.
struct RetryPolicy {
  int maxRetries = 2;
};

// The wait in milliseconds before a request is sent for the `attempt`-th time again (from 0): what the server asked
// for if that is under a minute, else 0.5 s doubling up to 8 s, less up to a quarter of `jitter` (0 to 1).
double retryDelay(const HttpResponse* response, int attempt, double jitter);

// The first answer that is a success. An answer that is none becomes an AgentsError (ApiError) once retries are used
// up or make no sense. The parameters outlive the call.
Task<HttpResponse> sendWithRetry(HttpClient* client, Timer* timer, HttpRequest request, RetryPolicy policy);

}  // namespace agents
