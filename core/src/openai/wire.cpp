#include "agents/wire.h"

#include "agents/json_text.h"

#include <algorithm>
#include <charconv>

namespace agents::wire {

namespace {

// `text` without white space, or nothing if it is no JSON.
std::string parsed(std::string_view text) { return agents::json::compact(text).value_or(""); }

std::string_view memberAt(std::string_view object, std::string_view key) {
  return agents::json::member(object, key).value_or("null");
}

// Some servers put the HTTP status where a string belongs, as a number.
std::string textOf(std::string_view value) {
  if (agents::json::isString(value)) return agents::json::unquote(value);
  return value == "null" ? std::string() : std::string(value);
}

std::string stringAt(std::string_view object, std::string_view key) { return textOf(memberAt(object, key)); }

std::int64_t countAt(std::string_view object, std::string_view key) {
  auto text = memberAt(object, key);
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return 0;
  // What no server counts is no count; sums of it would overflow.
  constexpr std::int64_t Most = 1'000'000'000'000;
  return std::clamp<std::int64_t>(count, 0, Most);
}

Usage parseUsage(std::string_view tree) {
  Usage usage;
  usage.requests = 1;
  usage.inputTokens = countAt(tree, "input_tokens");
  usage.cachedTokens = countAt(memberAt(tree, "input_tokens_details"), "cached_tokens");
  usage.outputTokens = countAt(tree, "output_tokens");
  usage.reasoningTokens = countAt(memberAt(tree, "output_tokens_details"), "reasoning_tokens");
  // Some servers leave the sum to us.
  usage.totalTokens = std::max(countAt(tree, "total_tokens"), usage.inputTokens + usage.outputTokens);
  return usage;
}

// Adds a member to the text of an object that is not closed yet.
void add(std::string& object, std::string_view key, std::string_view value) {
  object += object.empty() ? '{' : ',';
  ((object += agents::json::quote(key)) += ':') += value;
}

void addText(std::string& object, std::string_view key, const std::string& text) {
  if (!text.empty()) add(object, key, agents::json::quote(text));
}

std::string detailOf(std::string_view error) {
  std::string detail;
  for (auto key : {"code", "param", "type"}) addText(detail, key, stringAt(error, key));
  return detail.empty() ? detail : detail + '}';
}

[[noreturn]] void throwFailed(std::string_view text, const std::string& status) {
  if (status == "incomplete") {
    auto reason = stringAt(memberAt(text, "incomplete_details"), "reason");
    throw AgentsError(ErrorCode::ModelFailed, "The model's response is incomplete (" + reason + ").",
                      R"({"code":"incomplete"})");
  }
  auto error = memberAt(text, "error");
  auto message = stringAt(error, "message");
  throw AgentsError(ErrorCode::ModelFailed,
                    message.empty() ? "The model's response has the status '" + status + "'."
                                    : "The model's response failed: " + message,
                    detailOf(error));
}

}  // namespace

std::string checkedJson(std::string_view text, const char* what) {
  agents::json::Flaw flaw;
  auto compacted = agents::json::compact(text, &flaw);
  if (!compacted) throw AgentsError(ErrorCode::ModelBehavior, std::string(what) + " " + flaw.reason + ".");
  return *std::move(compacted);
}

Rope requestBody(const ModelRequest& request, bool stream) {
  std::string head = "{\"model\":" + agents::json::quote(request.model);
  if (!request.instructions.empty()) head += ",\"instructions\":" + agents::json::quote(request.instructions);
  if (!request.previousResponseId.empty()) {
    head += ",\"previous_response_id\":" + agents::json::quote(request.previousResponseId);
  }
  if (!request.tools.empty()) {
    head += ",\"tools\":[";
    for (std::size_t i = 0; i < request.tools.size(); ++i) head += (i > 0 ? "," : "") + request.tools[i];
    head += ']';
  }
  auto settings = agents::json::inner(request.settings.empty() ? "{}" : std::string_view(request.settings));
  if (!settings.empty()) (head += ',') += settings;
  if (!request.conversation.empty()) head += ",\"conversation\":" + agents::json::quote(request.conversation);
  bool isKeyed = !request.cacheKey.empty() && !agents::json::member(request.settings, "prompt_cache_key");
  if (isKeyed) head += ",\"prompt_cache_key\":" + agents::json::quote(request.cacheKey);
  if (stream) head += ",\"stream\":true";
  Rope body(head + ",\"input\":[");
  body.append(request.input);
  body.append(std::string("]}"));
  return body;
}

ModelResponse parseResponse(std::string_view text) {
  auto output = agents::json::member(text, "output");
  auto status = agents::json::stringMember(text, "status");
  if (!agents::json::isObject(text) || (!output && !status)) {
    throw AgentsError(ErrorCode::ModelBehavior, "The server's answer is not a response object.");
  }
  if (status == "failed" || status == "incomplete" || status == "cancelled") throwFailed(text, *status);
  if (!output || !agents::json::isArray(*output)) {
    throw AgentsError(ErrorCode::ModelBehavior, "The model's response has no list of output items.");
  }
  // A response that is made in the background is no answer yet.
  if (*output == "[]" && (status == "queued" || status == "in_progress")) throwFailed(text, *status);
  ModelResponse response;
  response.id = agents::json::stringMember(text, "id").value_or("");
  for (auto item : agents::json::elements(*output)) {
    if (!agents::json::isObject(item)) {
      throw AgentsError(ErrorCode::ModelBehavior, "The model's response has an output item that is not an object.");
    }
    response.output.emplace_back(item);
  }
  response.usage = parseUsage(memberAt(text, "usage"));
  return response;
}

AgentsError apiError(int status, std::string_view body, const std::string& requestId) {
  auto tree = parsed(body);
  auto error = agents::json::member(tree, "error").value_or(tree);
  auto message = agents::json::isString(error) ? agents::json::unquote(error) : stringAt(error, "message");
  std::string detail;
  for (auto key : {"code", "param"}) addText(detail, key, stringAt(error, key));
  addText(detail, "requestId", requestId);
  add(detail, "status", std::to_string(status));
  addText(detail, "type", stringAt(error, "type"));
  auto start = "The API answered with status " + std::to_string(status);
  return AgentsError(ErrorCode::ApiError, message.empty() ? start + "." : start + ": " + message, detail + '}');
}

AgentsError streamError(std::string_view event) {
  auto nested = memberAt(event, "error");
  auto error = agents::json::isObject(nested) ? nested : event;
  auto message = agents::json::isString(nested) ? agents::json::unquote(nested) : stringAt(error, "message");
  return AgentsError(ErrorCode::ApiError, "The API ended the stream with an error: " + message, detailOf(error));
}

}  // namespace agents::wire
