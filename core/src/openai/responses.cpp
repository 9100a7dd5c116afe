#include "agents/responses.h"

#include "agents/assembly.h"
#include "agents/error.h"
#include "agents/model_timeout.h"
#include "agents/retry.h"
#include "agents/sse.h"
#include "agents/wire.h"

#include <utility>

namespace agents {

namespace {

constexpr std::string_view EndMark = "[DONE]";

[[noreturn]] void refuse(const std::string& what) { throw AgentsError(ErrorCode::ModelBehavior, what); }

Task<ModelResponse> readStream(HttpBody* body, EventSink* events) {
  SseReader reader;
  Assembly assembly;
  for (bool open = true; open && !assembly.response();) {
    auto piece = co_await body->read();
    open = piece.has_value();
    auto arrived = open ? reader.feed(*piece) : std::vector<SseEvent>();
    if (!open) {
      if (auto last = reader.finish()) arrived.push_back(*std::move(last));
    }
    for (auto& event : arrived) {
      if (event.data == EndMark) continue;
      auto text = wire::checkedJson(event.data, "An event of the model's stream");
      assembly.take(event.name, text);
      co_await events->emit(std::move(text));
      // What follows the last event is not for us, however it was cut into pieces.
      if (assembly.response()) break;
    }
  }
  if (!assembly.response()) {
    throw AgentsError(ErrorCode::ApiConnection, "The model's stream ended before its response was complete.");
  }
  co_return *std::move(assembly.response());
}

bool isJson(const HttpResponse& response) {
  auto type = response.header("content-type");
  return type.find("json") != std::string::npos;
}

bool isText(const HttpResponse& response) { return response.header("content-type").starts_with("text/html"); }

}  // namespace

Task<ModelResponse> ResponsesModel::respond(ModelRequest request, EventSink* events) {
  auto timeout = request.policy.timeoutMs;
  return withinTime(ask(std::move(request), events), timer_, timeout);
}

Task<ModelResponse> ResponsesModel::ask(ModelRequest request, EventSink* events) {
  HttpRequest post{"POST", "/responses", wire::requestBody(request, events != nullptr),
                   events ? BodyKind::Stream : BodyKind::Whole};
  auto answer = co_await sendWithRetry(client_, timer_, std::move(post), request.policy.retry);
  if (isText(answer)) refuse("The server answered a web page; the base URL may be wrong.");

  ModelResponse response;
  // A server that cannot stream answers with the whole response.
  if (events && !isJson(answer)) {
    response = co_await readStream(answer.body.get(), events);
  } else {
    auto text = co_await readAll(answer.body.get());
    auto body = wire::checkedJson(text, "The server's answer");
    response = wire::parseResponse(body);
  }
  response.requestId = answer.header("x-request-id");
  co_return response;
}

}  // namespace agents
