#include "note_text.h"

#include "agents/json_text.h"

#include <utility>

namespace agents {

void addList(std::string& object, std::string_view key, const std::vector<std::string>& texts) {
  ((object += ",\"") += key) += "\":[";
  const char* comma = "";
  for (const auto& text : texts) (object += std::exchange(comma, ",")) += json::quote(text);
  object += ']';
}

std::string objectOf(std::string_view note) {
  auto text = json::compact(note).value_or("");
  return json::isObject(text) ? text : "{}";
}

std::vector<std::string> noteTexts(std::string_view note, std::string_view key) {
  std::vector<std::string> texts;
  auto list = json::member(note, key).value_or("");
  if (!json::isArray(list)) return texts;
  for (auto text : json::elements(list)) {
    if (json::isString(text)) texts.push_back(json::unquote(text));
  }
  return texts;
}

}  // namespace agents
