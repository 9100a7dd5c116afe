#include "agents/conversations.h"

#include "../session/server_tail.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/retry.h"
#include "agents/wire.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace agents {

namespace {

// What the API takes and gives at a time.
constexpr std::size_t MostAdded = 20;
constexpr std::size_t MostListed = 100;

// Items that the API knows by their ids; it gives all others new ones.
constexpr std::array<std::string_view, 14> KeptIds{"reasoning",
                                                   "file_search_call",
                                                   "web_search_call",
                                                   "computer_call",
                                                   "code_interpreter_call",
                                                   "image_generation_call",
                                                   "local_shell_call",
                                                   "local_shell_call_output",
                                                   "mcp_list_tools",
                                                   "mcp_approval_request",
                                                   "mcp_call",
                                                   "item_reference",
                                                   "program",
                                                   "program_output"};

std::string pathOf(std::string_view id, std::string_view rest = {}) {
  std::string path = "/conversations/";
  for (unsigned char byte : id) {
    bool isPlain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                   byte == '_' || byte == '-';
    if (isPlain) {
      path += static_cast<char>(byte);
      continue;
    }
    constexpr std::string_view Digits = "0123456789ABCDEF";
    ((path += '%') += Digits[byte >> 4]) += Digits[byte & 15];
  }
  return path += rest;
}

constexpr std::string_view Whole =
    "&include%5B%5D=reasoning.encrypted_content&include%5B%5D=message.input_image.image_url"
    "&include%5B%5D=computer_call_output.output.image_url";

std::string listPath(const std::string& id, bool isNewestFirst, std::size_t limit, std::string_view more) {
  std::string query = isNewestFirst ? "/items?order=desc&limit=" : "/items?order=asc&limit=";
  query += std::to_string(std::min(limit, MostListed));
  return pathOf(id, query += more);
}

[[noreturn]] void refuseAnswer() {
  throw AgentsError(ErrorCode::ModelBehavior, "The server's answer is no list of items.");
}

ItemTexts listIn(std::string_view body) {
  auto data = json::member(body, "data").value_or("");
  if (!json::isArray(data)) refuseAnswer();
  auto elements = json::elements(data);
  return {elements.begin(), elements.end()};
}

// Whether a request may have had its effect although it failed.
bool isLost(const AgentsError& error) {
  auto code = error.code();
  if (code == ErrorCode::ApiConnection || code == ErrorCode::ApiConnectionTimeout) return true;
  auto status = json::member(error.detail(), "status").value_or("");
  return status == "408" || (status.starts_with('5') && status != "503");
}

bool isNotFound(const AgentsError& error) { return json::member(error.detail(), "status") == "404"; }

Rope itemsBody(const ItemTexts& items) {
  Rope body(std::string("{\"items\":["));
  body.append(itemsOf(items).text);
  body.append(std::string("]}"));
  return body;
}

// Nothing for what cannot be sent.
std::optional<std::string> sanitised(std::string_view item) {
  auto head = headOf(item);
  auto id = idOf(item);
  bool keepsId = id != "__fake_id__" && std::find(KeptIds.begin(), KeptIds.end(), head.type) != KeptIds.end();
  if (head.isReasoning() && (id.empty() || !keepsId) && !json::stringMember(item, "encrypted_content")) {
    return std::nullopt;
  }
  std::string kept;
  for (const auto& member : json::members(item)) {
    bool isOfSdk = member.key == "\"provider_data\"" || member.key.starts_with("\"_agents_tool_");
    if (isOfSdk || (member.key == "\"id\"" && !keepsId)) continue;
    kept += kept.empty() ? '{' : ',';
    ((kept += member.key) += ':') += member.value;
  }
  return kept.empty() ? "{}" : kept + '}';
}

// Adds a page to `all`; the query of the next one, or nothing when there is none.
std::optional<std::string> addPage(std::string_view body, ItemTexts& all, std::optional<std::size_t> most) {
  auto page = listIn(body);
  bool isLast = json::member(body, "has_more") != "true" || page.empty();
  for (auto& item : page) all.push_back(std::move(item));
  if (isLast || (most && all.size() >= *most)) return std::nullopt;
  return "&after=" + idOf(all.back());
}

// The next ones to be added.
ItemTexts partOf(const ItemTexts& items, std::size_t from) {
  auto begin = items.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(MostAdded, items.size() - from))};
}

void addIds(ItemTexts& ids, const ItemTexts& items) {
  for (const auto& item : items) ids.push_back(idOf(item));
}

ItemTexts storedIn(std::string_view body, std::size_t count) {
  auto items = listIn(body);
  if (items.size() != count) refuseAnswer();
  return items;
}

// What of the tail is `items`, if they are there.
ItemTexts foundIn(const ItemTexts& tail, const std::string& last, const ItemTexts& items) {
  auto end = placeOf(tail, behind(tail, last).value_or(0), items);
  if (!end) return {};
  auto found = tail.begin() + static_cast<std::ptrdiff_t>(*end);
  return {found - static_cast<std::ptrdiff_t>(items.size()), found};
}

}  // namespace

ItemTexts sanitised(const Items& items) {
  ItemTexts kept;
  for (const auto& item : textsOf(items)) {
    if (auto one = sanitised(std::string_view(item))) kept.push_back(*std::move(one));
  }
  return kept;
}

Conversations Conversations::impatient() const {
  auto other = *this;
  other.policy_.lockedForMs = 0;
  return other;
}

Task<std::string> Conversations::send(std::string method, std::string path, Rope body) {
  auto policy = policy_;
  policy.onlyIfRefused = method == "POST";
  HttpRequest request{std::move(method), std::move(path), std::move(body)};
  auto answer = co_await sendWithRetry(client_.get(), timer_.get(), std::move(request), policy);
  auto text = co_await readAll(answer.body.get());
  co_return wire::checkedJson(text, "The server's answer");
}

Task<ItemTexts> Conversations::items(std::string id, std::optional<std::size_t> newest, Detail detail) {
  ItemTexts all;
  std::optional<std::string> next = "";
  while (next) {
    if (detail == Detail::Whole) *next += Whole;
    auto left = newest ? *newest - all.size() : MostListed;
    auto body = co_await send("GET", listPath(id, newest.has_value(), left, *next));
    next = addPage(body, all, newest);
  }
  if (newest) std::reverse(all.begin(), all.end());
  co_return all;
}

Task<std::string> Conversations::add(std::string id, ItemTexts items, std::string last) {
  ItemTexts added;
  std::exception_ptr failure;
  for (int tries = 0; added.size() < items.size();) {
    auto part = partOf(items, added.size());
    bool isInDoubt = false;
    try {
      auto body = co_await send("POST", pathOf(id, "/items"), itemsBody(part));
      addIds(added, storedIn(body, part.size()));
    } catch (const AgentsError& error) {
      isInDoubt = isLost(error);
      failure = std::current_exception();
      if (!isInDoubt) break;
    }
    if (isInDoubt) {
      ItemTexts tail;
      try {
        tail = co_await this->items(id, MostListed);
      } catch (const AgentsError&) {
        break;
      }
      auto found = foundIn(tail, last, part);
      if (found.empty() && tries++ >= policy_.maxRetries) break;
      addIds(added, found);
    }
    if (!added.empty()) last = added.back();
  }
  if (added.size() >= items.size()) co_return last;
  std::reverse(added.begin(), added.end());
  try {
    co_await removeItems(id, added);
  } catch (const AgentsError&) {
    // Why they could not be added says more.
  }
  std::rethrow_exception(failure);
}

Task<> Conversations::removeItems(std::string_view id, const ItemTexts& itemIds) {
  ItemTexts paths;
  for (const auto& itemId : itemIds) paths.push_back(pathOf(id, "/items/" + itemId));
  return erase(std::move(paths));
}

Task<> Conversations::remove(std::string_view id) { return erase({pathOf(id)}); }

Task<> Conversations::erase(ItemTexts paths) {
  for (auto& path : paths) {
    try {
      co_await send("DELETE", std::move(path));
    } catch (const AgentsError& error) {
      if (!isNotFound(error)) throw;
    }
  }
}

}  // namespace agents
