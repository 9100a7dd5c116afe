#include "store_json.h"

#include "calls.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

// One place for each kind of member: every use of the library's templates is code of its own.
std::optional<std::string> textIn(const json& head, const char* key) {
  auto found = head.find(key);
  return found == head.end() ? std::nullopt : std::optional(found->get<std::string>());
}

std::optional<std::size_t> numberIn(const json& head, const char* key) {
  auto found = head.find(key);
  return found == head.end() ? std::nullopt : std::optional(countIn(*found));
}

bool flagIn(const json& head, const char* key) {
  auto found = head.find(key);
  return found != head.end() && found->get<bool>();
}

void put(json& head, const char* key, const std::optional<std::string>& text) {
  if (text) head[key] = *text;
}

void putNumber(json& head, const char* key, const std::optional<std::size_t>& number) {
  if (number) head[key] = *number;
}

json headOf(const Shelf& shelf) {
  json head;
  head["name"] = shelf.name;
  head["note"] = shelf.note;
  head["count"] = shelf.count;
  head["createdAt"] = shelf.createdAt;
  return head;
}

json headOf(const Conversation& conversation) {
  json head;
  head["id"] = conversation.id;
  head["title"] = conversation.title;
  head["metadata"] = conversation.metadata;
  head["createdAt"] = conversation.createdAt;
  head["updatedAt"] = conversation.updatedAt;
  return head;
}

}  // namespace

json headOf(const ReadQuery& query) {
  json head;
  head["conversationId"] = query.conversationId;
  if (!query.shelf.empty()) head["shelf"] = query.shelf;
  putNumber(head, "newest", query.newest);
  put(head, "before", query.before);
  put(head, "since", query.since);
  if (query.detail == ReadQuery::Detail::Origins) head["origins"] = true;
  put(head, "shelves", query.shelves);
  return head;
}

ReadQuery readQueryFrom(const json& head) {
  ReadQuery query{*textIn(head, "conversationId")};
  query.shelf = textIn(head, "shelf").value_or("");
  query.newest = numberIn(head, "newest");
  query.before = textIn(head, "before");
  query.since = textIn(head, "since");
  if (flagIn(head, "origins")) query.detail = ReadQuery::Detail::Origins;
  query.shelves = textIn(head, "shelves");
  return query;
}

json headOf(const Page& page) {
  json head;
  head["count"] = page.items.count;
  head["itemBytes"] = page.items.text.size();
  head["version"] = page.version;
  put(head, "older", page.older);
  put(head, "newest", page.newest);
  if (page.undecodable > 0) head["undecodable"] = page.undecodable;
  for (const auto& shelf : page.shelves) head["shelves"].push_back(headOf(shelf));
  if (!page.lease) return head;
  auto& lease = head["lease"];
  lease["holder"] = page.lease->holder;
  lease["msLeft"] = page.lease->msLeft;
  return head;
}

Rope bodyOf(const Page& page) {
  auto body = page.items.text;
  if (!page.origins.empty()) body.append(page.origins);
  return body;
}

Page pageFrom(const json& head, std::string body) {
  Page page;
  page.items.count = *numberIn(head, "count");
  auto itemBytes = *numberIn(head, "itemBytes");
  page.origins = body.substr(itemBytes);
  if (itemBytes > 0) page.items.text.append(Slice{std::make_shared<std::string>(std::move(body)), 0, itemBytes});
  page.version = *textIn(head, "version");
  page.older = textIn(head, "older");
  page.newest = textIn(head, "newest");
  page.undecodable = numberIn(head, "undecodable").value_or(0);
  if (auto shelves = head.find("shelves"); shelves != head.end()) {
    for (const auto& one : *shelves) {
      Shelf shelf{*textIn(one, "name"), *textIn(one, "note"), *numberIn(one, "count"), *textIn(one, "createdAt")};
      page.shelves.push_back(std::move(shelf));
    }
  }
  if (auto lease = head.find("lease"); lease != head.end()) {
    page.lease = Lease{*textIn(*lease, "holder"), static_cast<std::int64_t>(*numberIn(*lease, "msLeft"))};
  }
  return page;
}

json headOf(const Applied& applied) {
  json head;
  head["version"] = applied.version;
  head["repeated"] = applied.repeated;
  if (applied.popped) head["poppedBytes"] = applied.popped->size();
  return head;
}

Applied appliedFrom(const json& head, std::string body) {
  Applied applied{*textIn(head, "version"), std::nullopt, flagIn(head, "repeated")};
  if (head.contains("poppedBytes")) applied.popped = std::move(body);
  return applied;
}

json headOf(const ListQuery& query) {
  json head;
  head["limit"] = query.limit;
  put(head, "after", query.after);
  put(head, "changedBefore", query.changedBefore);
  return head;
}

ListQuery listQueryFrom(const json& head) {
  return {*numberIn(head, "limit"), textIn(head, "after"), textIn(head, "changedBefore")};
}

json headOf(const ConversationPage& page) {
  json head;
  auto& list = head["conversations"] = json::array();
  for (const auto& one : page.conversations) list.push_back(headOf(one));
  put(head, "next", page.next);
  return head;
}

ConversationPage conversationPageFrom(const json& head) {
  ConversationPage page;
  for (const auto& one : head["conversations"]) {
    page.conversations.push_back({*textIn(one, "id"), *textIn(one, "title"), *textIn(one, "metadata"),
                                  *textIn(one, "createdAt"), *textIn(one, "updatedAt")});
  }
  page.next = textIn(head, "next");
  return page;
}

}  // namespace agents::wasm
