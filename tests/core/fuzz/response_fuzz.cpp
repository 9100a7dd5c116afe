#include "agents/json_text.h"
#include "agents/retry.h"
#include "agents/wire.h"
#include "target.h"

using namespace agents;

namespace {

void checkResponse(std::string_view text) {
  try {
    for (const auto& item : wire::parseResponse(text).output) {
      require(json::isObject(item) && json::compact(item) == item, "An output item is one object.");
    }
  } catch (const AgentsError& error) {
    bool expected = error.code() == ErrorCode::ModelFailed || error.code() == ErrorCode::ModelBehavior;
    require(expected, "A bad response is the model's failure.");
    require(error.detail().empty() || json::compact(error.detail()), "An error's detail is JSON.");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  require(json::compact(wire::apiError(500, input, "r").detail()).has_value(), "An error's detail is JSON.");
  // Reads what the error tells of itself.
  (void)judged(wire::apiError(500, input, "r"));
  if (auto text = json::compact(input)) {
    checkResponse(*text);
    auto detail = wire::streamError(*text).detail();
    require(detail.empty() || json::compact(detail), "An error's detail is JSON.");
  }
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {R"({"id":"r","status":"completed","output":[{"type":"message"},{"b":1}],"usage":{"input_tokens":17,)"
          R"("input_tokens_details":{"cached_tokens":3},"output_tokens":9223372036854775807,"total_tokens":-1.5}})",
          R"({"status":"failed","error":{"code":"server_error","message":"Oh."},"output":[]})",
          R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":null})",
          R"({"type":"error","error":{"type":"tokens","code":429,"message":"Slow.","param":null}})"};
}
