#pragma once

#include "agents/error.h"
#include "agents/http.h"
#include "agents/json_text.h"
#include "agents/open_run.h"
#include "fake_host.h"
#include "run_fakes.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agents::testing {

// What goes wrong with a request.
struct Mishap {
  // Of the request "POST /conversations/conv_1/items".
  std::string begins;
  int status = 0;  // 0 is an answer that gets lost
  std::string error = "null";
  bool takesEffect = false;
  // Happens before the request is looked at: what the server has been doing meanwhile.
  std::function<void()> meanwhile = nullptr;
};

// A small server of conversations, whose model says what the script has. Requests in short are in `log`.
class FakeConversations final : public HttpClient {
 public:
  explicit FakeConversations(FakeHost* host) : host_(host) {}

  Task<HttpResponse> send(HttpRequest request) override {
    auto line = request.method + " " + request.path;
    auto body = request.body.text();
    log.push_back(line);
    bodies.push_back(body);
    co_await host_->later();
    auto mishap = mishapOf(line);
    if (mishap && mishap->meanwhile) mishap->meanwhile();
    std::pair<int, std::string> answer;
    if (!mishap || mishap->takesEffect) answer = answerTo(request.method, request.path, body);
    if (mishap && mishap->status == 0) throw AgentsError(ErrorCode::ApiConnection, "The connection failed.");
    if (mishap) answer = {mishap->status, "{\"error\":" + mishap->error + "}"};
    HttpResponse response;
    response.status = answer.first;
    response.headers = {{"content-type", "application/json"}};
    response.body = std::make_unique<Body>(std::move(answer.second));
    co_return response;
  }

  std::string history(const std::string& id = "conv_1") const {
    std::string all;
    for (const auto& item : conversations.at(id)) all += (all.empty() ? "" : ", ") + show(item);
    return all;
  }

  // How many requests began so.
  int count(const std::string& begins) const {
    return static_cast<int>(
        std::count_if(log.begin(), log.end(), [&](const auto& one) { return one.starts_with(begins); }));
  }

  // Adds what came in and what is said to it, as after a response.
  void append(const std::string& id, const std::vector<std::string>& items) {
    for (const auto& item : items) conversations[id].push_back(withId(item));
  }

  std::map<std::string, std::vector<std::string>> conversations;
  std::deque<std::vector<std::string>> script;
  std::deque<Mishap> mishaps;
  std::vector<std::string> log, bodies;

 private:
  class Body final : public HttpBody {
   public:
    explicit Body(std::string text) : text_(std::move(text)) {}
    Task<std::optional<std::string>> read() override {
      if (text_.empty()) co_return std::nullopt;
      co_return std::exchange(text_, {});
    }

   private:
    std::string text_;
  };

  std::optional<Mishap> mishapOf(const std::string& line) {
    if (mishaps.empty() || !line.starts_with(mishaps.front().begins)) return std::nullopt;
    auto mishap = mishaps.front();
    mishaps.pop_front();
    return mishap;
  }

  std::string withId(const std::string& item) {
    if (json::member(item, "id")) return item;
    auto id = "item_" + std::to_string(++lastItem_);
    return "{\"id\":\"" + id + "\"," + item.substr(1);
  }

  static std::string idOf(const std::string& item) { return json::stringMember(item, "id").value_or(""); }

  std::pair<int, std::string> answerTo(const std::string& method, const std::string& path, const std::string& body) {
    if (path == "/responses") return respond(body);
    if (path == "/conversations") {
      auto id = "conv_" + std::to_string(++lastConversation_);
      conversations[id];
      return {200, "{\"id\":\"" + id + "\",\"object\":\"conversation\"}"};
    }
    auto rest = path.substr(std::string("/conversations/").size());
    auto id = rest.substr(0, rest.find('/'));
    if (!conversations.contains(id)) return {404, R"({"error":{"message":"Not found."}})"};
    auto& items = conversations[id];
    if (method == "GET") return {200, list(items, rest)};
    if (method == "POST") {
      auto given = json::elements(*json::member(body, "items"));
      if (given.size() > 20) return {400, R"({"error":{"message":"Too long.","code":"array_above_max_length"}})"};
      auto first = items.size();
      for (auto item : given) items.push_back(withId(std::string(item)));
      return {200, listOf({items.begin() + static_cast<std::ptrdiff_t>(first), items.end()}, false)};
    }
    if (rest == id) {
      conversations.erase(id);
    } else {
      auto gone = rest.substr(rest.rfind('/') + 1);
      if (std::erase_if(items, [&](const auto& item) { return idOf(item) == gone; }) == 0) return {404, "{}"};
    }
    return {200, "{}"};
  }

  static std::string queryOf(const std::string& rest, const std::string& name) {
    auto at = rest.find(name + "=");
    if (at == std::string::npos) return {};
    auto begin = at + name.size() + 1;
    return rest.substr(begin, rest.find('&', begin) - begin);
  }

  static std::string listOf(const std::vector<std::string>& items, bool hasMore) {
    std::string data;
    for (const auto& item : items) data += (data.empty() ? "" : ",") + item;
    return "{\"object\":\"list\",\"data\":[" + data + "],\"has_more\":" + (hasMore ? "true" : "false") + "}";
  }

  static std::string list(std::vector<std::string> items, const std::string& rest) {
    if (queryOf(rest, "order") == "desc") std::reverse(items.begin(), items.end());
    auto after = queryOf(rest, "after");
    if (!after.empty()) {
      auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return idOf(item) == after; });
      items.erase(items.begin(), found == items.end() ? found : found + 1);
    }
    std::size_t limit = std::stoul(queryOf(rest, "limit"));
    bool hasMore = items.size() > limit;
    if (hasMore) items.resize(limit);
    return listOf(items, hasMore);
  }

  std::pair<int, std::string> respond(const std::string& body) {
    auto id = *json::stringMember(body, "conversation");
    auto items = conversations.at(id);
    for (auto item : json::elements(*json::member(body, "input"))) items.push_back(withId(std::string(item)));
    Batch all;
    for (const auto& item : items) all.items.append(item);
    for (const auto& item : items) {
      auto head = headOf(item);
      bool isOrphan = head.isOutput() && std::none_of(items.begin(), items.end(), [&](const auto& other) {
                        return headOf(other).isCall() && headOf(other).callId == head.callId;
                      });
      if (isOrphan) return unpaired("No tool call found for function call output.");
    }
    if (!unansweredCalls({all}).empty()) return unpaired("No tool output found for function call.");
    std::string output;
    for (auto& item : script.at(0)) {
      items.push_back(withId(item));
      output += (output.empty() ? "" : ",") + items.back();
    }
    script.pop_front();
    conversations[id] = std::move(items);
    return {200, R"({"id":"resp","object":"response","status":"completed","output":[)" + output + "]}"};
  }

  static std::pair<int, std::string> unpaired(const std::string& message) {
    return {400,
            R"({"error":{"message":")" + message + R"(","type":"invalid_request_error","param":"input","code":null}})"};
  }

  FakeHost* host_;
  int lastItem_ = 0;
  int lastConversation_ = 0;
};

}  // namespace agents::testing
