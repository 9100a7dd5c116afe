#include "origin_json.h"

#include "agents/json_text.h"

namespace agents {

namespace {

std::string textOrNull(const std::string& text) { return text.empty() ? "null" : json::quote(text); }

}  // namespace

void appendOrigin(std::string& elements, const Provenance& provenance) {
  const auto& [uid, origin, at, sdk, place] = provenance;
  if (!elements.empty()) elements += ',';
  elements += "{\"uid\":" + json::quote(uid) + ",\"agent\":" + textOrNull(origin.agent) +
              ",\"run\":" + textOrNull(origin.runId) +
              ",\"turn\":" + (origin.turn ? std::to_string(*origin.turn) : "null") + ",\"at\":" + json::quote(at) +
              ",\"sdk\":" + (sdk.empty() ? "null" : sdk) +
              ",\"place\":" + (place == 0 ? "null" : std::to_string(place)) + "}";
}

}  // namespace agents
