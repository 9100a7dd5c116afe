#include "agents/retry.h"

#include "support/fake_http.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// How often a request was sent until an answer counted, with what waits between, and what came of it.
struct Story {
  std::size_t sent = 0;
  std::vector<double> sleeps;
  int status = 0;
  std::optional<ErrorCode> code;
  std::string message;
  std::string detail;
};

Story tell(std::deque<Answer> answers, int maxRetries = 2) {
  FakeHost host;
  FakeHttp http(&host, std::move(answers));
  FakeTimer timer(&host);
  Story story;
  try {
    HttpRequest request{"POST", "/responses", Rope("{}")};
    story.status = host.finish(sendWithRetry(&http, &timer, request, {maxRetries})).status;
  } catch (const AgentsError& error) {
    story.code = error.code();
    story.message = error.what();
    story.detail = error.detail();
  }
  story.sent = http.requests.size();
  story.sleeps = timer.sleeps;
  for (std::size_t i = 0; i < http.requests.size(); ++i) {
    CHECK(http.requests[i].retryCount == static_cast<int>(i));
    CHECK(http.requests[i].body.text() == "{}");
  }
  CHECK(http.openBodies == 0);
  return story;
}

Answer failure(int status, std::string code = "", Headers headers = {}) {
  return {status, {R"({"error":{"message":"m","type":"t","param":null,"code":")" + code + "\"}}"}, std::move(headers)};
}

}  // namespace

TEST_CASE("without the server's word the wait doubles from half a second up to eight, less the jitter") {
  RetryPolicy policy;
  auto delay = [&](int attempt, double chance = 0) { return retryDelay(policy, std::nullopt, attempt, chance); };
  CHECK(delay(0) == 500);
  CHECK(delay(1) == 1000);
  CHECK(delay(4) == 8000);
  CHECK(delay(5) == 8000);
  CHECK(delay(100'000) == 8000);
  CHECK(delay(0, 1) == 375);
  policy = {2, 10, 1000, 3, 0};
  CHECK(delay(2, 1) == 90);
  CHECK(delay(9) == 1000);
  policy.initialDelayMs = 0;
  CHECK(delay(0) == 0);
  CHECK(delay(100'000) == 1000);
}

TEST_CASE("the server's wait is taken, milliseconds before seconds, when it is under a minute") {
  auto waited = [](Headers headers) { return tell({failure(503, "", std::move(headers)), {200, {}}}).sleeps.at(0); };
  CHECK(waited({{"retry-after-ms", "12.5"}, {"retry-after", "3"}}) == 12.5);
  CHECK(waited({{"retry-after", "3"}}) == 3000);
  CHECK(waited({{"retry-after", "0"}}) == 0);
  CHECK(waited({{"retry-after", "59.9"}}) == 59'900);
  CHECK(waited({{"retry-after-ms", "x"}, {"retry-after", "2"}}) == 2000);
  for (auto unusable : {"60", "-1", "", "soon", "3s", "nan", "inf", "1e999"}) {
    CAPTURE(unusable);
    auto wait = waited({{"retry-after", unusable}});
    CHECK(wait > 374);
    CHECK(wait <= 500);
  }
}

TEST_CASE("a success is not sent again") {
  auto story = tell({{200, {"ok"}}});
  CHECK(story.sent == 1);
  CHECK(story.status == 200);
}

TEST_CASE("statuses that may pass are sent again, twice") {
  for (int status : {408, 409, 429, 500, 502, 503, 504, 529}) {
    CAPTURE(status);
    auto story = tell({failure(status), failure(status), {200, {}}});
    CHECK(story.sent == 3);
    CHECK(story.status == 200);
    REQUIRE(story.sleeps.size() == 2);
    CHECK(story.sleeps[0] > 374);
    CHECK(story.sleeps[0] <= 500);
    CHECK(story.sleeps[1] > 749);
  }
  auto story = tell({failure(500), failure(500), failure(503)});
  CHECK(story.code == ErrorCode::ApiError);
  CHECK(story.message == "The API answered with status 503: m");
  CHECK(tell({failure(500)}, 0).sent == 1);
}

TEST_CASE("statuses that will not pass are not sent again") {
  for (int status : {400, 401, 403, 404, 413, 422}) CHECK(tell({failure(status)}).sent == 1);
}

TEST_CASE("an exhausted quota is not sent again, a rate limit is") {
  CHECK(tell({failure(429, "insufficient_quota")}).sent == 1);
  CHECK(tell({failure(429, "project_spend_limit_exceeded")}).sent == 1);
  CHECK(tell({failure(429, "rate_limit_exceeded"), {200, {}}}).sent == 2);
}

TEST_CASE("x-should-retry overrides every rule, and retry-after sets the wait") {
  CHECK(tell({failure(500, "", {{"x-should-retry", "false"}})}).sent == 1);
  CHECK(tell({failure(429, "insufficient_quota", {{"x-should-retry", "true"}}), {200, {}}}).sent == 2);
  auto story = tell({failure(429, "", {{"retry-after", "7"}}), {200, {}}});
  CHECK(story.sleeps == std::vector<double>{7000});
}

TEST_CASE("a lost connection is tried again, and its error is kept") {
  CHECK(tell({lost(), lost(), {200, {}}}).status == 200);
  auto story = tell({lost(), lost(), lost()});
  CHECK(story.code == ErrorCode::ApiConnection);
  CHECK(story.sent == 3);
  CHECK(tell({{500, {"half"}, {}, true}, {200, {}}}).status == 200);
}

TEST_CASE("the error tells status, code and request id") {
  auto story = tell({failure(400, "invalid_json", {{"x-request-id", "req_1"}})});
  CHECK(story.detail == R"({"code":"invalid_json","requestId":"req_1","status":400,"type":"t"})");
}

TEST_CASE("what an error means for its request is read from its code and detail") {
  auto worth = [](ErrorCode code, std::string detail) { return judged(AgentsError(code, "m", detail)).worthRetrying; };
  CHECK(worth(ErrorCode::ApiConnection, ""));
  CHECK(worth(ErrorCode::ApiConnectionTimeout, "{}"));
  CHECK_FALSE(worth(ErrorCode::ModelFailed, R"({"status":503})"));
  CHECK_FALSE(worth(ErrorCode::CallbackFailed, R"({"shouldRetry":true})"));
  CHECK(worth(ErrorCode::ApiError, R"({"cause":3,"status":503})"));
  CHECK_FALSE(worth(ErrorCode::ApiError, R"({"status":400})"));
  CHECK_FALSE(worth(ErrorCode::ApiError, R"({"status":"503"})"));
  CHECK_FALSE(worth(ErrorCode::ApiError, ""));
  CHECK_FALSE(worth(ErrorCode::ApiError, R"({"status":429,"code":"insufficient_quota"})"));
  CHECK(worth(ErrorCode::ApiError, R"({"status":400,"shouldRetry":true})"));
  CHECK_FALSE(worth(ErrorCode::ApiError, R"({"status":503,"shouldRetry":false})"));
  CHECK(judged(AgentsError(ErrorCode::ApiError, "m", R"({"retryAfterMs":7.5})")).serverWait == 7.5);
}
