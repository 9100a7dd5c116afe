#include "session/window.h"

#include "agents/json_text.h"
#include "agents/session.h"
#include "agents/stores.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

// Items in short: u a user message, a an answer, r reasoning, w a web search, c1 a call, o1 its output.
std::string item(const std::string& name) {
  auto id = name.substr(1);
  if (name[0] == 'c') return R"({"type":"function_call","call_id":")" + id + R"(","name":"f","arguments":"{}"})";
  if (name[0] == 'o') return R"({"type":"function_call_output","call_id":")" + id + R"(","output":"x"})";
  if (name[0] == 'w') return R"({"type":"web_search_call","id":"ws_)" + id + R"("})";
  if (name[0] == 'r') return R"({"type":"reasoning","id":"rs_)" + id + R"(","summary":[]})";
  return R"({"role":")" + std::string(name[0] == 'u' ? "user" : "assistant") + R"(","content":")" + id + R"("})";
}

std::string shortName(std::string_view item) {
  auto head = headOf(item);
  if (head.isCall()) return "c" + head.callId;
  if (head.isOutput()) return "o" + head.callId;
  if (head.isReasoning()) return "r" + json::stringMember(item, "id")->substr(3);
  if (head.type == "web_search_call") return "w" + json::stringMember(item, "id")->substr(3);
  return (head.role == "user" ? "u" : "a") + *json::stringMember(item, "content");
}

std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < names.size();) {
    auto end = std::min(names.find(' ', at), names.size());
    all.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

// What a session with this history gives with maxItems.
std::string loaded(const std::string& names, std::size_t maxItems) {
  auto store = makeMemoryStore();
  std::vector<std::string> items;
  for (const auto& name : split(names)) items.push_back(item(name));
  append(*store, "c", items);
  StoreSession session({std::move(store)});
  auto page = sync(session.load("c", {maxItems, ReadQuery::Detail::Origins}));
  auto text = "[" + page.items.text.text() + "]";
  auto origins = "[" + page.origins + "]";
  CHECK(json::elements(origins).size() == page.items.count);
  std::string all;
  for (auto one : json::elements(text)) all += (all.empty() ? "" : " ") + shortName(one);
  CHECK(split(all).size() == page.items.count);
  return all;
}

}  // namespace

TEST_CASE("maxItems gives at most so many of the newest items") {
  CHECK(loaded("u1 a1 u2 a2", 2) == "u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 4) == "u1 a1 u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 100) == "u1 a1 u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 0).empty());
  CHECK(loaded("u1 a1 a2 a3", 2) == "a2 a3");
  CHECK(loaded("u1 a1", static_cast<std::size_t>(-1)) == "u1 a1");
}

TEST_CASE("an output whose call is cut is left out") {
  CHECK(loaded("u1 c1 o1 a1 u2", 3) == "a1 u2");
  CHECK(loaded("u1 c1 o1 a1 u2", 4) == "c1 o1 a1 u2");
  CHECK(loaded("u1 c1 c2 o1 o2 a1", 4) == "c2 o2 a1");
  CHECK(loaded("u1 c1 c2 o1 o2 a1", 3) == "a1");
  CHECK(loaded("c1 o1", 1).empty());
}

TEST_CASE("what the model said after reasoning that is cut is left out") {
  CHECK(loaded("u1 r1 a1 u2 a2", 3) == "u2 a2");
  CHECK(loaded("u1 r1 c1 o1 r2 a1", 4) == "r2 a1");
  CHECK(loaded("u1 r1 a1 u2", 3) == "r1 a1 u2");
  CHECK(loaded("u1 r1 r2 a1 u2", 3) == "u2");
  CHECK(loaded("u1 r1 w1 a1 u2", 3) == "u2");
}

TEST_CASE("calls made at once are left out when the reasoning before them is cut, however far before") {
  CHECK(loaded("u1 r1 c1 c2 o1 o2 a1", 4) == "a1");
  CHECK(loaded("u1 r1 a1 c1 c2 o1 o2 a2", 4) == "a2");
  CHECK(loaded("u1 r1 c1 c2 c3 c4 o1 o2 o3 o4 a1", 6) == "a1");
}

TEST_CASE("a history that fits stays as it is, orphans included") { CHECK(loaded("o1 a1 c2", 3) == "o1 a1 c2"); }
