#pragma once

#include "agents/item.h"
#include "agents/json_text.h"
#include "agents/store.h"
#include "started.h"

#include <string>
#include <utility>
#include <vector>

// Short ways to use a store that does not wait.
namespace agents::testing {

inline std::string user(const std::string& text) { return R"({"role":"user","content":)" + json::quote(text) + "}"; }

inline Items itemsOf(const std::vector<std::string>& texts) {
  Items items;
  for (const auto& text : texts) items.append(text);
  return items;
}

inline edit::Append appending(const std::vector<std::string>& texts, std::string shelf = {}, Origin origin = {}) {
  return {{std::move(origin), itemsOf(texts)}, std::move(shelf)};
}

inline Applied apply(Store& store, std::string id, Change change) {
  return sync(store.apply(std::move(id), std::move(change)));
}

// A change of one edit, under an operation id that was not used before.
inline Applied edit1(Store& store, std::string id, Edit edit) {
  static int last = 0;
  Change change{"op-" + std::to_string(++last)};
  change.edits.push_back(std::move(edit));
  return apply(store, std::move(id), std::move(change));
}

inline Applied append(Store& store, std::string id, const std::vector<std::string>& texts) {
  return edit1(store, std::move(id), appending(texts));
}

inline Page read(Store& store, ReadQuery query) { return sync(store.read(std::move(query))); }

// The conversation's items as one text.
inline std::string history(Store& store, std::string id, std::string shelf = {}) {
  ReadQuery query{std::move(id)};
  query.shelf = std::move(shelf);
  return read(store, std::move(query)).items.text.text();
}

// Tells of the shelves, and of the lease.
inline ReadQuery shelvesOf(std::string id, std::string prefix = {}) {
  ReadQuery query{std::move(id)};
  query.newest = 0;
  query.shelves = std::move(prefix);
  return query;
}

// The items' uids, oldest first.
inline std::vector<std::string> uids(Store& store, std::string id, std::string shelf = {}) {
  ReadQuery query{std::move(id)};
  query.shelf = std::move(shelf);
  query.detail = ReadQuery::Detail::Origins;
  auto origins = "[" + read(store, std::move(query)).origins + "]";
  std::vector<std::string> found;
  for (auto origin : json::elements(origins)) found.push_back(json::stringMember(origin, "uid").value());
  return found;
}

// As anything that removes one item.
inline Applied removeNewest(Store& store, const std::string& id) {
  return edit1(store, id, edit::Remove{{uids(store, id).back()}});
}

inline ConversationPage list(Store& store, ListQuery query = {}) { return sync(store.list(std::move(query))); }

inline std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

}  // namespace agents::testing
