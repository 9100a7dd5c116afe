#include "agents/run_spans.h"

#include "agents/json_text.h"

#include <utility>

namespace agents {

namespace {

// A longer input or output is not worth its way to those who watch: its size stands in its place.
constexpr std::size_t MaxTracedBytes = 1024 * 1024;

// The model reads what went wrong, and the run goes on.
constexpr std::string_view ToolFailed = R"json({"message":"Error running tool (non-fatal)","data":null})json";

std::string tooLong(std::size_t bytes) {
  return "{\"truncated\":true,\"original_bytes\":" + std::to_string(bytes) + "}";
}

std::string joined(const std::vector<std::string>& elements) {
  std::string all;
  for (const auto& element : elements) all += (all.empty() ? "" : ",") + element;
  return all;
}

std::size_t bytesOf(const std::vector<std::string>& items) {
  std::size_t bytes = 0;
  for (const auto& item : items) bytes += item.size();
  return bytes;
}

std::string inputJson(const ModelRequest& request) {
  auto bytes = request.instructions.size() + request.input.size();
  if (bytes > MaxTracedBytes) return "[" + tooLong(bytes) + "]";
  std::vector<std::string> parts;
  if (!request.instructions.empty()) {
    parts.push_back("{\"role\":\"system\",\"content\":" + json::quote(request.instructions) + "}");
  }
  if (!request.input.empty()) parts.push_back(request.input.text());
  return "[" + joined(parts) + "]";
}

std::string outputJson(const std::vector<std::string>& items) {
  auto bytes = bytesOf(items);
  return "[" + (bytes > MaxTracedBytes ? tooLong(bytes) : joined(items)) + "]";
}

std::string textJson(std::string_view text) {
  return text.size() > MaxTracedBytes ? tooLong(text.size()) : json::quote(text);
}

std::string spanUsage(const Usage& usage) {
  return "{\"requests\":" + std::to_string(usage.requests) + ",\"input_tokens\":" + std::to_string(usage.inputTokens) +
         ",\"cached_input_tokens\":" + std::to_string(usage.cachedTokens) +
         ",\"output_tokens\":" + std::to_string(usage.outputTokens) +
         ",\"reasoning_tokens\":" + std::to_string(usage.reasoningTokens) +
         ",\"total_tokens\":" + std::to_string(usage.totalTokens) + "}";
}

}  // namespace

void RunSpans::agent(const Agent& agent, const std::vector<std::shared_ptr<const Agent>>& all) {
  end();
  agent_ = Span(tracing_.tracer.get(), "agent", 0, [&] {
    std::vector<std::string> tools, handoffs;
    for (const auto& tool : agent.tools) tools.push_back(json::quote(tool->name()));
    for (const auto& handoff : agent.handoffs) handoffs.push_back(json::quote(all[handoff.agent]->name));
    return "{\"name\":" + json::quote(agent.name) + ",\"handoffs\":[" + joined(handoffs) + "],\"tools\":[" +
           joined(tools) + "]}";
  });
}

void RunSpans::turn(int number, const std::string& agent) {
  endTurn();
  turn_ = Span(tracing_.tracer.get(), "turn", agent_.id(),
               [&] { return "{\"turn\":" + std::to_string(number) + ",\"agent_name\":" + json::quote(agent) + "}"; });
}

void RunSpans::model(const ModelRequest& request) {
  model_ = Span(tracing_.tracer.get(), "generation", turn_.id(), [&] {
    auto input = tracing_.includesSensitive ? "\"input\":" + inputJson(request) + "," : "";
    return "{" + input + "\"model\":" + json::quote(request.model) + "}";
  });
}

void RunSpans::answered(const ModelResponse& response) {
  model_.end([&] {
    usage_ = spanUsage(response.usage);
    auto output = tracing_.includesSensitive ? "\"output\":" + outputJson(response.output) + "," : "";
    return "{" + output + "\"response_id\":" + json::quote(response.id) + ",\"usage\":" + usage_ + "}";
  });
}

Span RunSpans::tool(const ToolCall& call) const {
  return Span(tracing_.tracer.get(), "function", turn_.id(), [&] {
    auto input = tracing_.includesSensitive ? ",\"input\":" + textJson(call.arguments) : "";
    return "{\"name\":" + json::quote(call.name) + ",\"call_id\":" + json::quote(call.callId) + input + "}";
  });
}

void RunSpans::toolEnded(Span& span, const ToolResult& result) const {
  span.end([&] { return tracing_.includesSensitive ? "{\"output\":" + textJson(result.output) + "}" : std::string(); },
           [&] { return result.failed ? std::string(ToolFailed) : std::string(); });
}

void RunSpans::handoff(const std::string& from, const std::string& to) {
  handoff_ = Span(tracing_.tracer.get(), "handoff", turn_.id(),
                  [&] { return "{\"from_agent\":" + json::quote(from) + ",\"to_agent\":" + json::quote(to) + "}"; });
}

void RunSpans::failed(Span& span, const AgentsError& error) const {
  span.fail([&] { return spanError(error, tracing_); });
}

void RunSpans::end() {
  model_.end();
  handoff_.end();
  endTurn();
  agent_.end();
}

void RunSpans::fail(const AgentsError& error) {
  failed(model_, error);
  failed(handoff_, error);
  turn_.end([&] { return takeUsage(); }, [&] { return spanError(error, tracing_); });
  failed(agent_, error);
}

void RunSpans::endTurn() {
  turn_.end([&] { return takeUsage(); });
}

std::string RunSpans::takeUsage() {
  return usage_.empty() ? std::string() : "{\"usage\":" + std::exchange(usage_, {}) + "}";
}

}  // namespace agents
