#pragma once

#include "agents/error.h"
#include "agents/http.h"
#include "agents/model.h"

#include <optional>

namespace agents {

// Why a request came to nothing, and what to do about it.
struct FailedRequest {
  AgentsError error;
  bool worthRetrying = false;
  bool isRefused = false;                           // the server said that it did nothing
  bool isLocked = false;                            // another request is at the same conversation
  std::optional<double> serverWait = std::nullopt;  // what the server asked for, in milliseconds
};

// What an error means for its request: lost connections and passing states of the server are worth another try, an
// exhausted quota is not, since waiting seconds cannot help. Of an ApiError it reads the members `status`, `code`,
// `shouldRetry` and `retryAfterMs` of its detail.
FailedRequest judged(AgentsError error);

// The wait in milliseconds before a request is sent for the `attempt`-th time again (from 0): what the server asked
// for if that is under a minute, else the policy's. `chance` is from 0 to 1.
double retryDelay(const RetryPolicy& policy, std::optional<double> serverWait, int attempt, double chance);

// The tries of one request.
class Retries {
 public:
  // `timer` outlives it.
  Retries(Timer* timer, RetryPolicy policy) : timer_(timer), policy_(policy) {}

  // Returns when the request is to be sent again. Fails with the failure itself once retries are used up or make no
  // sense. A conversation that is locked is waited for, which is no retry.
  Task<> next(FailedRequest failure);

  int count() const { return count_; }

 private:
  Timer* timer_;
  RetryPolicy policy_;
  int count_ = 0;
  double lockedMs_ = 0;
};

// The next wait for a conversation that is locked, in ms, where `waited` have been waited: 1, 2, 4, 8 and 8 seconds,
// not longer than to `limit` in all.
double lockDelay(double waited, double limit);

// The first answer that is a success. An answer that is none becomes an AgentsError (ApiError) once retries are used
// up or make no sense. The parameters outlive the call.
Task<HttpResponse> sendWithRetry(HttpClient* client, Timer* timer, HttpRequest request, RetryPolicy policy);

}  // namespace agents
