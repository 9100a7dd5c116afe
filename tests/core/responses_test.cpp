#include "agents/responses.h"

#include "agents/json_text.h"
#include "support/fake_http.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

const std::string Message =
    R"({"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello!"}]})";
const std::string Call =
    R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"add","arguments":"{\"a\":1}"})";

std::string response(const std::string& output, const std::string& status = "completed") {
  return R"({"id":"resp_1","object":"response","status":")" + status + R"(","error":null,"output":[)" + output +
         R"(],"usage":{"input_tokens":17,"output_tokens":2,"total_tokens":19}})";
}

std::string event(const std::string& type, const std::string& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":0" + members + "}\n\n";
}

std::string created() { return event("response.created", ",\"response\":" + response("", "in_progress")); }
std::string delta() { return event("response.output_text.delta", R"(,"output_index":0,"delta":"Hello!")"); }
std::string done(int index, const std::string& item) {
  return event("response.output_item.done", ",\"output_index\":" + std::to_string(index) + ",\"item\":" + item);
}
std::string completed(const std::string& output) {
  return event("response.completed", ",\"response\":" + response(output));
}

class Sink final : public EventSink {
 public:
  explicit Sink(FakeHost* host) : host_(host) {}
  Task<> emit(std::string event) override {
    types.push_back(json::stringMember(event, "type").value_or(""));
    co_await host_->later();
  }
  std::vector<std::string> types;

 private:
  FakeHost* host_;
};

enum class Mode { Whole, Streamed };

// What the model makes of the server's answers.
struct Story {
  ModelResponse response;
  std::optional<ErrorCode> code;
  std::string message;
  std::vector<std::string> types;
  std::vector<HttpRequest> requests;
};

// How long a sleep is, in turns of the host's queue.
constexpr int Brief = 1;
constexpr int Long = 1000;

Story ask(Mode mode, std::deque<Answer> answers, CallPolicy policy = {}, int sleep = Brief) {
  FakeHost host;
  FakeHttp http(&host, std::move(answers));
  FakeTimer timer(&host);
  timer.turns = sleep;
  ResponsesModel model(&http, &timer);
  Sink sink(&host);
  Story story;
  ModelRequest request;
  request.model = "m";
  request.input = Rope(R"({"role":"user","content":"hi"})");
  request.policy = policy;
  try {
    story.response = host.finish(model.respond(request, mode == Mode::Streamed ? &sink : nullptr));
  } catch (const AgentsError& error) {
    story.code = error.code();
    story.message = error.what();
  }
  CHECK(http.openBodies == 0);
  CHECK(host.waiting() == 0);
  story.types = sink.types;
  story.requests = http.requests;
  return story;
}

std::vector<std::string> bytesOf(const std::string& text) {
  std::vector<std::string> bytes;
  for (char c : text) bytes.emplace_back(1, c);
  return bytes;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a whole answer gives its items, usage and request id") {
  auto text = response(Call + " , " + Message);
  auto story = ask(Mode::Whole, {{200,
                                  {text.substr(0, 50), text.substr(50)},
                                  {{"content-type", "application/json"}, {"x-request-id", "req_1"}}}});
  CHECK(story.response.output == Strings{Call, Message});
  CHECK(story.response.id == "resp_1");
  CHECK(story.response.requestId == "req_1");
  CHECK(story.response.usage.totalTokens == 19);
  REQUIRE(story.requests.size() == 1);
  CHECK(story.requests[0].method == "POST");
  CHECK(story.requests[0].path == "/responses");
  CHECK(story.requests[0].answer == BodyKind::Whole);
  CHECK(story.requests[0].body.text() == R"({"model":"m","input":[{"role":"user","content":"hi"}]})");
}

TEST_CASE("a stream gives every event as it arrives and the items of its last one") {
  auto text = created() + delta() + done(0, Message) + completed(Message);
  auto expected =
      Strings{"response.created", "response.output_text.delta", "response.output_item.done", "response.completed"};
  for (const auto& pieces : {Strings{text}, bytesOf(text)}) {
    auto story = ask(Mode::Streamed, {stream(pieces)});
    CHECK(story.types == expected);
    CHECK(story.response.output == Strings{Message});
    CHECK(story.response.usage.inputTokens == 17);
    CHECK(story.requests[0].answer == BodyKind::Stream);
    CHECK(story.requests[0].body.text().find(R"("stream":true)") != std::string::npos);
  }
}

TEST_CASE("a stream is at its end with its last event, with [DONE], or with neither a blank line nor an end") {
  auto text = created() + completed(Message);
  CHECK(ask(Mode::Streamed, {stream({text + "data: [DONE]\n\n"})}).response.output.size() == 1);
  CHECK(ask(Mode::Streamed, {stream({text.substr(0, text.size() - 2)})}).response.output.size() == 1);
  auto open = stream({text});
  open.breaksOff = true;
  CHECK(ask(Mode::Streamed, {open}).response.output.size() == 1);
}

TEST_CASE("when the last event lists no items, those that were done before count, by their place") {
  auto story = ask(Mode::Streamed, {stream({created(), done(10, Call), done(2, Message), completed("")})});
  CHECK(story.response.output == Strings{Message, Call});
  auto unnumbered = event("response.output_item.done", ",\"item\":" + Message);
  CHECK(ask(Mode::Streamed, {stream({unnumbered, completed("")})}).response.output == Strings{Message});
}

TEST_CASE("an error event ends the stream with an error, nested, flat or without a name") {
  for (const auto& data :
       {R"({"type":"error","error":{"code":"c","message":"Oh."}})", R"({"type":"error","code":"c","message":"Oh."})",
        R"({"error":{"code":"c","message":"Oh."}})", R"({"error":"Oh."})"}) {
    for (std::string name : {"event: error\n", ""}) {
      CAPTURE(data);
      auto story = ask(Mode::Streamed, {stream({created(), name + "data: " + data + "\n\n", completed(Message)})});
      CHECK(story.code == ErrorCode::ApiError);
      CHECK(story.message == "The API ended the stream with an error: Oh.");
      CHECK(story.types == Strings{"response.created"});
    }
  }
}

TEST_CASE("a failed or incomplete response ends the stream with an error") {
  auto failed =
      R"(,"response":{"id":"r","status":"failed","output":[],"error":{"code":"server_error","message":"Oh."}})";
  auto story = ask(Mode::Streamed, {stream({created(), event("response.failed", failed)})});
  CHECK(story.code == ErrorCode::ModelFailed);
  CHECK(story.message == "The model's response failed: Oh.");
  auto incomplete =
      R"(,"response":{"status":"incomplete","output":[],"incomplete_details":{"reason":"content_filter"}})";
  CHECK(ask(Mode::Streamed, {stream({event("response.incomplete", incomplete)})}).message ==
        "The model's response is incomplete (content_filter).");
}

TEST_CASE("a stream that is cut short is an error, whatever was done before") {
  CHECK(ask(Mode::Streamed, {stream({})}).code == ErrorCode::ApiConnection);
  CHECK(ask(Mode::Streamed, {stream({created(), done(0, Message)})}).code == ErrorCode::ApiConnection);
  CHECK(ask(Mode::Streamed, {stream({"data: [DONE]\n\n"})}).code == ErrorCode::ApiConnection);
  auto broken = stream({created()});
  broken.breaksOff = true;
  auto story = ask(Mode::Streamed, {broken});
  CHECK(story.message == "The connection broke off.");
  CHECK(story.requests.size() == 1);
}

TEST_CASE("garbage in a stream is an error of the model's behaviour") {
  for (const auto& text :
       {std::string("data: {oops\n\n"), std::string("data: \xFF\n\n"), event("response.completed", ""),
        event("response.completed", ",\"response\":[]"), event("response.completed", ",\"response\":{\"output\":[1]}"),
        event("response.output_item.done", ""), event("response.output_item.done", ",\"item\":7"),
        "data: " + std::string(600, '[') + "\n\n"}) {
    CAPTURE(text);
    CHECK(ask(Mode::Streamed, {stream({text})}).code == ErrorCode::ModelBehavior);
  }
}

TEST_CASE("events of unknown types and shapes pass through") {
  auto story = ask(Mode::Streamed, {stream({": hi\n\n", "event: keepalive\ndata: {}\n\n", "data: 5\n\n", "data: []\n\n",
                                            event("response.new_thing", ",\"item\":7"), completed(Message)})});
  CHECK(story.types == Strings{"", "", "", "response.new_thing", "response.completed"});
  CHECK(story.response.output.size() == 1);
}

TEST_CASE("places that no number can hold do no harm") {
  auto item = event("response.output_item.done", ",\"output_index\":99999999999999999999,\"item\":" + Message);
  auto text = event("response.output_item.done", ",\"output_index\":\"x\",\"item\":" + Call);
  CHECK(ask(Mode::Streamed, {stream({item, text, completed("")})}).response.output.size() == 2);
}

TEST_CASE("a server that cannot stream may answer with the whole response") {
  auto story = ask(Mode::Streamed, {{200, {response(Message)}}});
  CHECK(story.response.output == Strings{Message});
  CHECK(ask(Mode::Streamed, {{200, {"{\"oops\":1}"}}}).code == ErrorCode::ModelBehavior);
}

TEST_CASE("a web page instead of an answer is an error that names the base URL") {
  Answer page{200, {"<!doctype html>"}, {{"content-type", "text/html"}}};
  for (auto mode : {Mode::Whole, Mode::Streamed}) {
    auto story = ask(mode, {page});
    CHECK(story.code == ErrorCode::ModelBehavior);
    CHECK(story.message == "The server answered a web page; the base URL may be wrong.");
  }
}

TEST_CASE("an answer that is no JSON, empty or cut short is an error") {
  for (auto text : {"", "oops", "{\"id\":\"resp_1\",\"output\":[", "{} {}"}) {
    CHECK(ask(Mode::Whole, {{200, {text}}}).code == ErrorCode::ModelBehavior);
  }
  CHECK(ask(Mode::Whole, {{200, {"{"}, {}, true}}).code == ErrorCode::ApiConnection);
}

TEST_CASE("error statuses become errors, after retries where these make sense") {
  Answer overloaded{503, {R"({"error":{"message":"Overloaded."}})"}};
  CHECK(ask(Mode::Whole, {overloaded, overloaded, {200, {response(Message)}}}).response.output.size() == 1);
  auto story = ask(Mode::Streamed, {{401, {R"({"error":{"message":"Bad key.","code":"invalid_api_key"}})"}}});
  CHECK(story.code == ErrorCode::ApiError);
  CHECK(story.message == "The API answered with status 401: Bad key.");
}

TEST_CASE("a model whose caller is gone closes its connection") {
  FakeHost host;
  FakeHttp http(&host, {stream({created(), delta()})});
  FakeTimer timer(&host);
  ResponsesModel model(&http, &timer);
  Sink sink(&host);
  {
    Started<ModelResponse> started(model.respond({}, &sink));
    for (int i = 0; i < 3; ++i) host.deliver();
    CHECK(http.openBodies == 1);
  }
  CHECK(http.openBodies == 0);
  CHECK(host.waiting() == 0);
  host.deliverAll();
}

TEST_CASE("an agent's policy goes before the model's own, and a request that is being answered is not sent again") {
  Answer overloaded{503, {}};
  CallPolicy never{RetryPolicy{0}, 0};
  CHECK(ask(Mode::Whole, {overloaded}, never).requests.size() == 1);
  CallPolicy often{RetryPolicy{5, 1, 1, 1, 0}, 0};
  auto story = ask(Mode::Streamed,
                   {overloaded, overloaded, lost(), overloaded, overloaded, stream({completed(Message)})}, often);
  CHECK(story.requests.size() == 6);
  CHECK(story.response.output == Strings{Message});
  auto broken = stream({created()});
  broken.breaksOff = true;
  story = ask(Mode::Streamed, {broken}, often);
  CHECK(story.code == ErrorCode::ApiConnection);
  CHECK(story.requests.size() == 1);
}

TEST_CASE("a call that takes longer than its policy allows is stopped, whatever it waits for") {
  CallPolicy policy{{}, 20};
  for (auto mode : {Mode::Whole, Mode::Streamed}) {
    auto story = ask(mode, {stream({created()})}, policy);
    CHECK(story.code == ErrorCode::ModelTimeout);
    CHECK(story.message == "The model did not answer within 20 ms.");
    CHECK(story.requests.size() == 1);
  }
  // Its retries are part of the call: here the time is over while it waits for the second one.
  Answer overloaded{503, {}};
  policy.retry = RetryPolicy{1000};
  std::deque<Answer> answers(1000, overloaded);
  auto story = ask(Mode::Whole, answers, policy, 3);
  CHECK(story.code == ErrorCode::ModelTimeout);
  CHECK(story.requests.size() < 4);
}

TEST_CASE("a call that is in time leaves no clock behind, nor does one that fails") {
  CallPolicy policy{RetryPolicy{0}, 20};
  CHECK(ask(Mode::Whole, {{200, {response(Message)}}}, policy, Long).response.output == Strings{Message});
  CHECK(ask(Mode::Streamed, {stream({created(), completed(Message)})}, policy, Long).response.id == "resp_1");
  CHECK(ask(Mode::Whole, {{400, {}}}, policy, Long).code == ErrorCode::ApiError);
  CHECK(ask(Mode::Whole, {{200, {"oops"}}}, policy, Long).code == ErrorCode::ModelBehavior);
}

TEST_CASE("a caller that is gone takes the clock of its call along") {
  FakeHost host;
  FakeHttp http(&host, {stream({created(), delta()})});
  FakeTimer timer(&host);
  timer.turns = Long;
  ResponsesModel model(&http, &timer);
  Sink sink(&host);
  ModelRequest request;
  request.policy.timeoutMs = 20;
  {
    Started<ModelResponse> started(model.respond(request, &sink));
    for (int i = 0; i < 4; ++i) host.deliver();
    CHECK(http.openBodies == 1);
  }
  CHECK(http.openBodies == 0);
  CHECK(host.waiting() == 0);
}

TEST_CASE(
    "output items of unknown types, without ids, with the same id or arguments that are no JSON arrive as they are") {
  auto odd = Strings{R"({"type":"acme:probe","x":[1e5]})",
                     R"({})",
                     R"({"type":7})",
                     R"({"type":"function_call","name":"add","arguments":"{oops"})",
                     R"({"type":"function_call","call_id":"call_1","name":"add","arguments":7})",
                     Call,
                     Call};
  std::string output;
  std::string text = created();
  for (std::size_t i = 0; i < odd.size(); ++i) {
    output += (i > 0 ? "," : "") + odd[i];
    text += done(static_cast<int>(i), odd[i]);
  }
  CHECK(ask(Mode::Whole, {{200, {response(output)}}}).response.output == odd);
  CHECK(ask(Mode::Streamed, {stream({text + completed(output)})}).response.output == odd);
  CHECK(ask(Mode::Streamed, {stream({text + completed("")})}).response.output == odd);
}

TEST_CASE("a thousand calls and five megabytes in one delta are taken") {
  std::string output;
  for (int i = 0; i < 1000; ++i) {
    output += (i > 0 ? "," : "") + std::string(R"({"type":"function_call","call_id":"call_)") + std::to_string(i) +
              R"(","name":"add","arguments":"{}"})";
  }
  CHECK(ask(Mode::Whole, {{200, {response(output)}}}).response.output.size() == 1000);
  auto long5 = event("response.output_text.delta", R"(,"delta":")" + std::string(5 << 20, 'x') + '"');
  Strings pieces;
  for (std::size_t at = 0; at < long5.size(); at += 1 << 16) pieces.push_back(long5.substr(at, 1 << 16));
  pieces.push_back(completed(output));
  auto story = ask(Mode::Streamed, {stream(pieces)});
  CHECK(story.types == Strings{"response.output_text.delta", "response.completed"});
  CHECK(story.response.output.size() == 1000);
}

TEST_CASE("events out of order give what the last one says, and nothing is read behind it") {
  auto late = event("response.failed", R"(,"response":{"status":"failed","output":[]})");
  auto text = done(0, Message) + delta() + created() + completed(Call) + late + "data: {oops\n\n";
  for (const auto& pieces : {Strings{text}, bytesOf(text)}) {
    auto story = ask(Mode::Streamed, {stream(pieces)});
    CHECK(story.response.output == Strings{Call});
    CHECK(story.types.back() == "response.completed");
  }
}
