#include "store_json.h"

#include <memory>
#include <utility>

namespace agents::wasm {

namespace {

HeadWriter headOf(const Shelf& shelf) {
  return HeadWriter()
      .text("name", shelf.name)
      .text("note", shelf.note)
      .count("count", static_cast<std::int64_t>(shelf.count))
      .text("createdAt", shelf.createdAt);
}

HeadWriter headOf(const Lease& lease) {
  return HeadWriter().text("holder", lease.holder).count("msLeft", lease.msLeft);
}

HeadWriter headOf(const Conversation& conversation) {
  return HeadWriter()
      .text("id", conversation.id)
      .text("title", conversation.title)
      .text("metadata", conversation.metadata)
      .text("createdAt", conversation.createdAt)
      .text("updatedAt", conversation.updatedAt)
      .maybeCount("items", conversation.items)
      .maybeCount("bytes", conversation.bytes);
}

template <typename T>
std::string headsOf(const std::vector<T>& values) {
  ListWriter list;
  for (const auto& value : values) list.add(headOf(value).take());
  return list.take();
}

}  // namespace

HeadWriter headOf(const ReadQuery& query) {
  HeadWriter head;
  head.text("conversationId", query.conversationId);
  if (!query.shelf.empty()) head.text("shelf", query.shelf);
  head.maybeCount("newest", query.newest);
  head.maybeText("before", query.before).maybeText("since", query.since);
  if (query.detail == ReadQuery::Detail::Origins) head.flag("origins", true);
  return head.maybeText("shelves", query.shelves);
}

ReadQuery readQueryFrom(const HeadReader& head) {
  ReadQuery query{head.text("conversationId")};
  query.shelf = head.maybeText("shelf").value_or("");
  query.newest = head.maybeCount("newest");
  query.before = head.maybeText("before");
  query.since = head.maybeText("since");
  if (head.flag("origins")) query.detail = ReadQuery::Detail::Origins;
  query.shelves = head.maybeText("shelves");
  return query;
}

HeadWriter headOf(const Page& page) {
  HeadWriter head;
  head.count("count", static_cast<std::int64_t>(page.items.count));
  head.count("itemBytes", static_cast<std::int64_t>(page.items.text.size()));
  head.text("version", page.version).maybeText("older", page.older).maybeText("newest", page.newest);
  if (page.undecodable > 0) head.count("undecodable", static_cast<std::int64_t>(page.undecodable));
  if (!page.shelves.empty()) head.json("shelves", headsOf(page.shelves));
  if (page.lease) head.json("lease", headOf(*page.lease).take());
  return head;
}

Rope bodyOf(const Page& page) {
  auto body = page.items.text;
  if (!page.origins.empty()) body.append(page.origins);
  return body;
}

Page pageFrom(const HeadReader& head, std::string body) {
  Page page;
  page.items.count = head.count("count");
  auto itemBytes = head.count("itemBytes");
  page.origins = body.substr(itemBytes);
  if (itemBytes > 0) page.items.text.append(Slice{std::make_shared<std::string>(std::move(body)), 0, itemBytes});
  page.version = head.text("version");
  page.older = head.maybeText("older");
  page.newest = head.maybeText("newest");
  page.undecodable = head.maybeCount("undecodable").value_or(0);
  if (head.has("shelves")) {
    for (auto json : head.list("shelves")) {
      HeadReader one(json);
      page.shelves.push_back({one.text("name"), one.text("note"), one.count("count"), one.text("createdAt")});
    }
  }
  if (head.has("lease")) {
    auto lease = head.object("lease");
    page.lease = Lease{lease.text("holder"), static_cast<std::int64_t>(lease.count("msLeft"))};
  }
  return page;
}

Origin originFrom(const HeadReader& head) {
  Origin origin{head.maybeText("agent").value_or(""), head.maybeText("run").value_or(""), std::nullopt};
  if (auto turn = head.maybeCount("turn")) origin.turn = static_cast<int>(*turn);
  return origin;
}

HeadWriter headOf(const Applied& applied) {
  return HeadWriter().text("version", applied.version).flag("repeated", applied.repeated);
}

Applied appliedFrom(const HeadReader& head) { return {head.text("version"), head.flag("repeated")}; }

HeadWriter headOf(const ListQuery& query) {
  HeadWriter head;
  head.count("limit", static_cast<std::int64_t>(query.limit));
  if (query.sizes) head.flag("sizes", true);
  return head.maybeText("after", query.after).maybeText("changedBefore", query.changedBefore);
}

ListQuery listQueryFrom(const HeadReader& head) {
  return {head.count("limit"), head.maybeText("after"), head.maybeText("changedBefore"), head.flag("sizes")};
}

HeadWriter headOf(const ConversationPage& page) {
  return HeadWriter().json("conversations", headsOf(page.conversations)).maybeText("next", page.next);
}

ConversationPage conversationPageFrom(const HeadReader& head) {
  ConversationPage page;
  for (auto json : head.list("conversations")) {
    HeadReader one(json);
    page.conversations.push_back({one.text("id"), one.text("title"), one.text("metadata"), one.text("createdAt"),
                                  one.text("updatedAt"), one.maybeCount("items"), one.maybeCount("bytes")});
  }
  page.next = head.maybeText("next");
  return page;
}

}  // namespace agents::wasm
