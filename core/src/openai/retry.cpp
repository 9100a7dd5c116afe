#include "agents/retry.h"

#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/wire.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace agents {

namespace {

constexpr double LongestServerWait = 60'000;

constexpr std::array<std::string_view, 5> QuotaCodes{
    "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded", "organization_usage_limit_exceeded"};

std::optional<double> number(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> numberIn(std::string_view object, std::string_view key) {
  return number(std::string(json::member(object, key).value_or("")));
}

std::optional<double> waitFrom(const HttpResponse& response) {
  if (auto wait = number(response.header("retry-after-ms"))) return wait;
  auto wait = number(response.header("retry-after"));
  if (wait) *wait *= 1000;
  return wait;
}

bool mayPass(double status, std::string_view code) {
  if (std::find(QuotaCodes.begin(), QuotaCodes.end(), code) != QuotaCodes.end()) return false;
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

FailedRequest failureFrom(const HttpResponse& response, std::string_view body) {
  auto failure = judged(wire::apiError(response.status, body, response.header("x-request-id")));
  auto told = response.header("x-should-retry");
  if (told == "true" || told == "false") failure.worthRetrying = told == "true";
  failure.serverWait = waitFrom(response);
  return failure;
}

struct Attempt {
  HttpResponse response;
  std::optional<FailedRequest> failure;
};

Task<Attempt> attemptOnce(HttpClient* client, HttpRequest request) {
  Attempt attempt;
  try {
    attempt.response = co_await client->send(std::move(request));
    if (attempt.response.status < 400) co_return attempt;
    auto body = co_await readAll(attempt.response.body.get());
    attempt.failure = failureFrom(attempt.response, body);
  } catch (const AgentsError& error) {
    attempt.failure = judged(error);
  }
  co_return attempt;
}

}  // namespace

FailedRequest judged(AgentsError error) {
  auto code = error.code();
  FailedRequest failure{std::move(error)};
  failure.worthRetrying = code == ErrorCode::ApiConnection || code == ErrorCode::ApiConnectionTimeout;
  if (code != ErrorCode::ApiError) return failure;
  const auto& detail = failure.error.detail();
  auto told = json::member(detail, "shouldRetry");
  auto status = numberIn(detail, "status").value_or(0);
  auto apiCode = json::stringMember(detail, "code").value_or("");
  failure.worthRetrying = told ? told == "true" : mayPass(status, apiCode);
  failure.isRefused = status == 429 || status == 503;
  failure.isLocked = apiCode == "conversation_locked";
  failure.serverWait = numberIn(detail, "retryAfterMs");
  return failure;
}

double retryDelay(const RetryPolicy& policy, std::optional<double> serverWait, int attempt, double chance) {
  if (serverWait && *serverWait >= 0 && *serverWait < LongestServerWait) return *serverWait;
  // In this order a delay that is no number, as nothing times infinity, gives the longest.
  double delay = std::min(policy.maxDelayMs, policy.initialDelayMs * std::pow(policy.multiplier, attempt));
  return delay * (1 - chance * policy.jitter);
}

double lockDelay(double waited, double limit) { return std::min({waited + 1000, 8000.0, limit - waited}); }

Task<> Retries::next(FailedRequest failure) {
  bool isAgain = failure.worthRetrying && (failure.isRefused || !policy_.onlyIfRefused) && count_ < policy_.maxRetries;
  bool waitsForLock = failure.isLocked && lockedMs_ < policy_.lockedForMs;
  if (!isAgain && !waitsForLock) throw failure.error;
  auto delay = waitsForLock ? lockDelay(lockedMs_, policy_.lockedForMs)
                            : retryDelay(policy_, failure.serverWait, count_, randomFraction());
  co_await timer_->sleep(delay);
  waitsForLock ? lockedMs_ += delay : ++count_;
}

Task<HttpResponse> sendWithRetry(HttpClient* client, Timer* timer, HttpRequest request, RetryPolicy policy) {
  Retries retries(timer, policy);
  for (;;) {
    request.retryCount = retries.count();
    HttpRequest copy = request;
    auto attempt = co_await attemptOnce(client, std::move(copy));
    if (!attempt.failure) co_return std::move(attempt.response);
    co_await retries.next(*std::move(attempt.failure));
  }
}

}  // namespace agents
