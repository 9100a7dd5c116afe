#include "agents/wire.h"

#include "agents/json_text.h"
#include "support/started.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

std::optional<ErrorCode> parseFailure(std::string_view text) {
  return codeOf([&] { wire::parseResponse(text); });
}

std::string parseMessage(std::string_view text) {
  return messageOf([&] { wire::parseResponse(text); });
}

}  // namespace

TEST_CASE("a request has what it was given, the input last, and is JSON") {
  ModelRequest request{"gpt-x", "Be \"brief\".", Rope(R"({"role":"user","content":"a"},{"z":1e5})"), {}, ""};
  CHECK(wire::requestBody(request, false).text() ==
        R"({"model":"gpt-x","instructions":"Be \"brief\".","input":[{"role":"user","content":"a"},{"z":1e5}]})");
  request.instructions = "";
  request.tools = {R"({"type":"function","name":"a"})", R"({"type":"function","name":"b"})"};
  request.settings = R"({"temperature":0.5,"store":false})";
  request.input = Rope();
  auto body = wire::requestBody(request, true).text();
  CHECK(body == R"({"model":"gpt-x","tools":[{"type":"function","name":"a"},{"type":"function","name":"b"}],)"
                R"("temperature":0.5,"store":false,"stream":true,"input":[]})");
  CHECK(json::compact(body) == body);
  request.settings = "{}";
  CHECK(json::compact(wire::requestBody(request, true).text()));
}

TEST_CASE("a request names the response that it follows, if it follows one, and says nothing of its policy") {
  ModelRequest request{"m", "", Rope(), {}, ""};
  request.policy.timeoutMs = 5;
  request.policy.retry = RetryPolicy{7};
  CHECK(wire::requestBody(request, false).text() == R"({"model":"m","input":[]})");
  request.previousResponseId = "resp_\"1\"";
  CHECK(wire::requestBody(request, false).text() == R"({"model":"m","previous_response_id":"resp_\"1\"","input":[]})");
}

TEST_CASE("a server that counts input and output only is summed up") {
  auto response = wire::parseResponse(R"({"output":[],"usage":{"input_tokens":17,"output_tokens":2}})");
  CHECK(response.usage.totalTokens == 19);
}

TEST_CASE("a request shares the text of its input") {
  ModelRequest request;
  request.input = Rope(std::string(100'000, '1'));
  auto body = wire::requestBody(request, false);
  CHECK(body.slices()[1].view().data() == request.input.slices()[0].view().data());
}

TEST_CASE("a response gives its items as they arrived, its id and its usage") {
  auto response = wire::parseResponse(
      R"({"id":"resp_1","status":"completed","error":null,"output":[{"type":"message","z":1e5,"a":"\ud800"},{"b":1}],)"
      R"("usage":{"input_tokens":17,"input_tokens_details":{"cached_tokens":3},"output_tokens":2,)"
      R"("output_tokens_details":{"reasoning_tokens":1},"total_tokens":19}})");
  CHECK(response.id == "resp_1");
  CHECK(response.output == std::vector<std::string>{R"({"type":"message","z":1e5,"a":"\ud800"})", R"({"b":1})"});
  CHECK(response.usage.requests == 1);
  CHECK(response.usage.inputTokens == 17);
  CHECK(response.usage.cachedTokens == 3);
  CHECK(response.usage.outputTokens == 2);
  CHECK(response.usage.reasoningTokens == 1);
  CHECK(response.usage.totalTokens == 19);
}

TEST_CASE("usage that is missing, null or no number counts as zero") {
  for (auto usage : {R"(null)", R"([])", R"("x")", R"({"input_tokens":"3","output_tokens":1.5,"total_tokens":null})",
                     R"({"input_tokens_details":null,"output_tokens_details":[1]})", R"({"input_tokens":1e400})"}) {
    auto response = wire::parseResponse(R"({"output":[],"usage":)" + std::string(usage) + "}");
    CHECK(response.usage.inputTokens == 0);
    CHECK(response.usage.outputTokens == 0);
    CHECK(response.usage.totalTokens == 0);
  }
  CHECK(wire::parseResponse(R"({"output":[]})").id.empty());
}

TEST_CASE("a response that failed, is incomplete or was cancelled is an error that says why") {
  auto failed = R"({"status":"failed","output":[],"error":{"code":"server_error","message":"Oh no."}})";
  CHECK(parseFailure(failed) == ErrorCode::ModelFailed);
  CHECK(parseMessage(failed) == "The model's response failed: Oh no.");
  CHECK(parseMessage(R"({"status":"failed","error":null})") == "The model's response has the status 'failed'.");
  CHECK(parseMessage(R"({"status":"cancelled","output":[]})") == "The model's response has the status 'cancelled'.");
  CHECK(parseMessage(R"({"status":"incomplete","output":[],"incomplete_details":{"reason":"max_output_tokens"}})") ==
        "The model's response is incomplete (max_output_tokens).");
  CHECK(parseFailure(R"({"status":"incomplete","incomplete_details":null})") == ErrorCode::ModelFailed);
}

TEST_CASE("a response that is not finished is an error, not an empty answer") {
  for (auto status : {"queued", "in_progress"}) {
    CHECK(parseFailure(R"({"status":")" + std::string(status) + R"(","output":[]})") == ErrorCode::ModelFailed);
  }
}

TEST_CASE("what is no response is an error") {
  for (auto text : {"[]", "1", "null", "\"x\"", "{}", R"({"choices":[]})", R"({"output":{}})", R"({"output":"x"})",
                    R"({"status":"completed"})", R"({"output":[1]})", R"({"output":[{},[]]})", R"({"output":null})"}) {
    CAPTURE(text);
    CHECK(parseFailure(text) == ErrorCode::ModelBehavior);
  }
}

TEST_CASE("an error body may have any shape") {
  auto message = [](int status, std::string_view body) { return std::string(wire::apiError(status, body, "").what()); };
  CHECK(message(400, R"({"error":{"message":"No.","type":"t","param":"p","code":"c"}})") ==
        "The API answered with status 400: No.");
  CHECK(message(400, R"({"message":"Flat."})") == "The API answered with status 400: Flat.");
  CHECK(message(500, R"({"error":"Text."})") == "The API answered with status 500: Text.");
  for (auto body : {"", "<html>502</html>", "null", "[]", "{}", R"({"error":null})", R"({"error":[]})", "\xFF",
                    R"({"error":{"message":null}})"}) {
    CHECK(message(502, body) == "The API answered with status 502.");
  }
  CHECK(wire::apiError(404, R"({"error":{"code":404,"param":"x"}})", "req").detail() ==
        R"({"code":"404","param":"x","requestId":"req","status":404})");
  CHECK(json::compact(wire::apiError(500, R"({"error":{"message":"\ud800","code":"\ud800"}})", "").detail()));
}

TEST_CASE("a stream's error is read nested, as sent, and flat, as documented") {
  auto nested = wire::streamError(
      R"({"type":"error","sequence_number":2,"error":{"type":"tokens","code":"rate_limit_exceeded","message":"Slow.","param":null}})");
  CHECK(nested.code() == ErrorCode::ApiError);
  CHECK(std::string(nested.what()) == "The API ended the stream with an error: Slow.");
  CHECK(nested.detail() == R"({"code":"rate_limit_exceeded","type":"tokens"})");
  auto flat = wire::streamError(R"({"type":"error","code":"server_error","message":"Oh.","param":null})");
  CHECK(std::string(flat.what()) == "The API ended the stream with an error: Oh.");
}
