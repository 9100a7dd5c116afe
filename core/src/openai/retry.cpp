#include "agents/retry.h"

#include "agents/error.h"
#include "agents/random.h"
#include "agents/wire.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

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

std::optional<double> serverWait(const HttpResponse& response) {
  auto wait = number(response.header("retry-after-ms"));
  if (!wait) {
    wait = number(response.header("retry-after"));
    if (wait) *wait *= 1000;
  }
  if (wait && *wait >= 0 && *wait < LongestServerWait) return wait;
  return std::nullopt;
}

bool worthRetrying(const HttpResponse& response, std::string_view body) {
  auto told = response.header("x-should-retry");
  if (told == "true") return true;
  if (told == "false") return false;
  auto code = wire::errorCode(body);
  if (std::find(QuotaCodes.begin(), QuotaCodes.end(), code) != QuotaCodes.end()) return false;
  return response.status == 408 || response.status == 409 || response.status == 429 || response.status >= 500;
}

struct Attempt {
  HttpResponse response;
  std::optional<AgentsError> failure;  // a lost connection or an error status
  bool worthRetrying = false;
  bool answered = false;
};

Task<Attempt> attemptOnce(HttpClient* client, HttpRequest request) {
  Attempt attempt;
  try {
    attempt.response = co_await client->send(std::move(request));
    attempt.answered = true;
    if (attempt.response.status < 400) co_return attempt;
    auto body = co_await readAll(attempt.response.body.get());
    attempt.failure = wire::apiError(attempt.response.status, body, attempt.response.header("x-request-id"));
    attempt.worthRetrying = worthRetrying(attempt.response, body);
  } catch (const AgentsError& error) {
    if (error.code() != ErrorCode::ApiConnection && error.code() != ErrorCode::ApiConnectionTimeout) throw;
    attempt.failure = error;
    attempt.worthRetrying = true;
  }
  co_return attempt;
}

}  // namespace

double retryDelay(const HttpResponse* response, int attempt, double jitter) {
  if (response) {
    if (auto wait = serverWait(*response)) return *wait;
  }
  double seconds = std::min(0.5 * std::pow(2, attempt), 8.0);
  return seconds * 1000 * (1 - jitter * 0.25);
}

Task<HttpResponse> sendWithRetry(HttpClient* client, Timer* timer, HttpRequest request, RetryPolicy policy) {
  for (int retries = 0;; ++retries) {
    request.retryCount = retries;
    HttpRequest copy = request;
    auto attempt = co_await attemptOnce(client, std::move(copy));
    if (!attempt.failure) co_return std::move(attempt.response);
    if (!attempt.worthRetrying || retries >= policy.maxRetries) throw *attempt.failure;
    auto delay = retryDelay(attempt.answered ? &attempt.response : nullptr, retries, randomFraction());
    co_await timer->sleep(delay);
  }
}

}  // namespace agents
