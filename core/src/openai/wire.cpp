#include "agents/wire.h"

#include "agents/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agents::wire {

namespace {

using nlohmann::json;

// `text` as a tree, or null if it cannot be read as one. Only for small parts: usage and errors.
json parsed(std::optional<std::string_view> text) {
  auto compacted = agents::json::compact(text.value_or(""));
  return compacted ? json::parse(*compacted, nullptr, false) : json();
}

std::string stringAt(const json& object, const char* key) {
  if (!object.is_object()) return {};
  auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  // Some servers put the HTTP status there, as a number.
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::int64_t countAt(const json& object, const char* key) {
  if (!object.is_object()) return 0;
  auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  // What no server counts is no count; sums of it would overflow.
  constexpr std::int64_t Most = 1'000'000'000'000;
  return std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, Most);
}

json memberAt(const json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : json();
}

Usage parseUsage(std::optional<std::string_view> text) {
  auto tree = parsed(text);
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

std::string detailOf(const json& error) {
  json detail;
  for (const char* key : {"code", "type", "param"}) {
    if (auto text = stringAt(error, key); !text.empty()) detail[key] = text;
  }
  return detail.is_null() ? std::string() : detail.dump(-1, ' ', false, json::error_handler_t::replace);
}

[[noreturn]] void throwFailed(std::string_view text, const std::string& status) {
  if (status == "incomplete") {
    auto details = parsed(agents::json::member(text, "incomplete_details"));
    auto reason = stringAt(details, "reason");
    throw AgentsError(ErrorCode::ModelFailed, "The model's response is incomplete (" + reason + ").",
                      R"({"code":"incomplete"})");
  }
  auto error = parsed(agents::json::member(text, "error"));
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
  response.usage = parseUsage(agents::json::member(text, "usage"));
  return response;
}

AgentsError apiError(int status, std::string_view body, const std::string& requestId) {
  auto tree = parsed(body);
  auto error = tree.is_object() && tree.contains("error") ? tree["error"] : tree;
  auto message = error.is_string() ? error.get<std::string>() : stringAt(error, "message");
  json detail = parsed(detailOf(error));
  detail["status"] = status;
  if (!requestId.empty()) detail["requestId"] = requestId;
  auto start = "The API answered with status " + std::to_string(status);
  return AgentsError(ErrorCode::ApiError, message.empty() ? start + "." : start + ": " + message,
                     detail.dump(-1, ' ', false, json::error_handler_t::replace));
}

AgentsError streamError(std::string_view event) {
  auto tree = parsed(event);
  auto nested = memberAt(tree, "error");
  const auto& error = nested.is_object() ? nested : tree;
  auto message = nested.is_string() ? nested.get<std::string>() : stringAt(error, "message");
  return AgentsError(ErrorCode::ApiError, "The API ended the stream with an error: " + message, detailOf(error));
}

}  // namespace agents::wire
