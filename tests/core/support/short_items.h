#pragma once

#include "agents/item.h"
#include "agents/json_text.h"
#include "store_calls.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

// Histories in short: u a user message, a an answer, r reasoning, w a web search, c1 a call, o1 its output, k1 a call
// of the computer, p1 its output, x a compaction.
namespace agents::testing {

inline std::string item(const std::string& name) {
  auto id = name.substr(1);
  auto typed = [&](const std::string& type, const std::string& rest) {
    return R"({"type":")" + type + "\"," + rest + "}";
  };
  auto calling = [&](const std::string& type, const std::string& rest) {
    return typed(type, R"("call_id":")" + id + "\"," + rest);
  };
  switch (name[0]) {
    case 'c':
      return calling("function_call", R"("name":"f","arguments":"{}")");
    case 'o':
      return calling("function_call_output", R"("output":"x")");
    case 'k':
      return calling("computer_call", R"("action":{})");
    case 'p':
      return calling("computer_call_output", R"("output":{})");
    case 'w':
      return typed("web_search_call", R"("id":"ws_)" + id + "\"");
    case 'r':
      return typed("reasoning", R"("id":"rs_)" + id + R"(","summary":[])");
    case 'x':
      return typed("compaction", R"("id":"cmp_)" + id + "\"");
    default:
      return R"({"role":")" + std::string(name[0] == 'u' ? "user" : "assistant") + R"(","content":")" + id + R"("})";
  }
}

inline std::string shortName(std::string_view item) {
  auto head = headOf(item);
  auto id = json::stringMember(item, "id").value_or("");
  auto behindPrefix = id.substr(std::min(id.find('_') + 1, id.size()));
  if (head.type == "computer_call") return "k" + head.callId;
  if (head.type == "computer_call_output") return "p" + head.callId;
  if (head.isCall()) return "c" + head.callId;
  if (head.isOutput()) return "o" + head.callId;
  if (head.isReasoning()) return "r" + behindPrefix;
  if (head.type == "web_search_call") return "w" + behindPrefix;
  if (head.type == "compaction") return "x" + behindPrefix;
  return (head.role == "user" ? "u" : "a") + json::stringMember(item, "content").value_or("");
}

inline std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < names.size();) {
    auto end = std::min(names.find(' ', at), names.size());
    all.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

inline std::string shortNames(const Items& items) {
  auto text = "[" + items.text.text() + "]";
  std::string all;
  for (auto one : json::elements(text)) all += (all.empty() ? "" : " ") + shortName(one);
  return all;
}

inline void appendShort(Store& store, const std::string& id, const std::string& names) {
  std::vector<std::string> items;
  for (const auto& name : split(names)) items.push_back(item(name));
  if (!items.empty()) append(store, id, items);
}

inline std::string shortHistory(Store& store, const std::string& id, const std::string& shelf = {}) {
  ReadQuery query{id};
  query.shelf = shelf;
  return shortNames(read(store, std::move(query)).items);
}

}  // namespace agents::testing
