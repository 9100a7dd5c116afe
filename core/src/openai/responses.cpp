#include "agents/responses.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/sse.h"
#include "agents/wire.h"

#include <charconv>
#include <map>
#include <optional>

namespace agents {

namespace {

constexpr std::string_view EndMark = "[DONE]";

[[noreturn]] void refuse(const std::string& what) { throw AgentsError(ErrorCode::ModelBehavior, what); }

std::string checked(std::string_view text, const char* what) {
  json::Flaw flaw;
  auto compacted = json::compact(text, &flaw);
  if (!compacted) refuse(std::string(what) + " " + flaw.reason + ".");
  return *std::move(compacted);
}

// Puts a stream's events together to one response.
class Assembly {
 public:
  // Takes a checked event. Fails with ApiError on an error event, and as parseResponse on a terminal one.
  void take(std::string_view name, std::string_view event) {
    auto type = json::stringMember(event, "type").value_or(std::string(name));
    if (type == "error" || name == "error" || hasError(event)) throw wire::streamError(event);
    if (type == "response.output_item.done") return keep(event);
    bool terminal = type == "response.completed" || type == "response.failed" || type == "response.incomplete";
    if (!terminal) return;
    auto response = json::member(event, "response");
    if (!response) refuse("The event '" + type + "' has no response.");
    finish(*response);
  }

  std::optional<ModelResponse>& response() { return response_; }

 private:
  // Servers other than OpenAI's leave the type out.
  static bool hasError(std::string_view event) {
    auto error = json::member(event, "error");
    return error && (json::isObject(*error) || json::isString(*error));
  }

  void keep(std::string_view event) {
    auto item = json::member(event, "item");
    auto index = json::member(event, "output_index");
    if (!item || !json::isObject(*item)) refuse("The event 'response.output_item.done' has no item.");
    // An index that is no number leaves the item behind the others.
    auto place = items_.size();
    if (index) std::from_chars(index->data(), index->data() + index->size(), place);
    items_[place] = *item;
  }

  void finish(std::string_view response) {
    response_ = wire::parseResponse(response);
    // Some servers leave the list of their last event empty.
    if (!response_->output.empty()) return;
    for (auto& [index, item] : items_) response_->output.push_back(std::move(item));
  }

  std::map<std::size_t, std::string> items_;
  std::optional<ModelResponse> response_;
};

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
      auto text = checked(event.data, "An event of the model's stream");
      assembly.take(event.name, text);
      co_await events->emit(std::move(text));
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
  HttpRequest post{"POST", "/responses", wire::requestBody(request, events != nullptr),
                   events ? BodyKind::Stream : BodyKind::Whole};
  auto answer = co_await sendWithRetry(client_, timer_, std::move(post), retry_);
  if (isText(answer)) refuse("The server answered a web page; the base URL may be wrong.");

  ModelResponse response;
  // A server that cannot stream answers with the whole response.
  if (events && !isJson(answer)) {
    response = co_await readStream(answer.body.get(), events);
  } else {
    auto text = co_await readAll(answer.body.get());
    auto body = checked(text, "The server's answer");
    response = wire::parseResponse(body);
  }
  response.requestId = answer.header("x-request-id");
  co_return response;
}

}  // namespace agents
