#include "usage_record.h"

#include "agents/json_text.h"

namespace agents {

namespace {

std::string turnJson(const RunResponse& response) {
  auto text = "{\"turn\":" + std::to_string(response.turn) + ",\"agent\":" + json::quote(response.agent);
  if (!response.model.empty()) text += ",\"model\":" + json::quote(response.model);
  return text + ",\"ms\":" + std::to_string(response.ms) + ",\"usage\":" + usageJson(response.usage) + "}";
}

}  // namespace

std::int64_t msSince(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
}

std::string usageRecord(const RunResult& result, std::string_view status, std::int64_t ms) {
  if (result.responses.empty()) return {};
  std::string turns;
  for (const auto& response : result.responses) (turns += turns.empty() ? "" : ",") += turnJson(response);
  return "{\"type\":\"agents_wasm.usage\",\"runId\":" + json::quote(result.runId) +
         ",\"status\":" + json::quote(status) + ",\"ms\":" + std::to_string(ms) + ",\"turns\":[" + turns + "]}";
}

}  // namespace agents
