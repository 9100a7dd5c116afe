#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/store.h"
#include "search_hits.h"

#include <utility>

namespace agents {

namespace {

// Conversations of one step, and items that are read at once.
constexpr std::size_t ConversationsAtOnce = 10;
constexpr std::size_t ItemsAtOnce = 50;

// Where a scan goes on: behind a place in the list of conversations, there with the first one behind an item. The
// conversation may have changed since and be elsewhere in the list; then the scan goes on with the one that is there.
struct Place {
  std::optional<std::string> list;
  std::string conversationId;
  std::string uid;
};

Place placeFrom(const std::optional<std::string>& cursor) {
  if (!cursor) return {};
  auto json = json::compact(*cursor);
  auto parts = json && json::isArray(*json) ? json::elements(*json) : std::vector<std::string_view>();
  bool isPlace = parts.size() == 3;
  for (auto part : parts) isPlace = isPlace && json::isString(part);
  if (!isPlace) throw AgentsError(ErrorCode::InvalidArgument, "The cursor is not one that a search gave.");
  Place place{json::unquote(parts[0]), json::unquote(parts[1]), json::unquote(parts[2])};
  if (place.list->empty()) place.list.reset();
  return place;
}

std::string cursorOf(const Place& place) {
  return "[" + json::quote(place.list.value_or("")) + "," + json::quote(place.conversationId) + "," +
         json::quote(place.uid) + "]";
}

// One step of a scan.
class Scan {
 public:
  Scan(Store* store, const SearchQuery& query, std::vector<SearchTerm> terms)
      : store_(store), limit_(query.limit), terms_(std::move(terms)), place_(placeFrom(query.after)) {}

  Task<SearchPage> one(std::string conversationId) {
    co_await search(std::move(conversationId));
    if (isFull_) page_.next = cursorOf({std::nullopt, lastHit().conversationId, lastHit().uid});
    co_return std::move(page_);
  }

  Task<SearchPage> all() {
    ListQuery query{ConversationsAtOnce, place_.list};
    auto listed = co_await store_->list(std::move(query));
    for (; page_.done < listed.conversations.size() && !isFull_; ++page_.done) {
      co_await search(listed.conversations[page_.done].id);
    }
    if (isFull_) {
      co_await stopBefore(page_.done - 1);
    } else if (listed.next) {
      page_.next = cursorOf({listed.next, {}, {}});
    }
    co_return std::move(page_);
  }

 private:
  const SearchHit& lastHit() const { return page_.hits.back(); }

  // The cursor behind the last hit, where so many conversations of this step are done.
  Task<> stopBefore(std::size_t done) {
    auto list = place_.list;
    if (done > 0) {
      ListQuery query{done, place_.list};
      auto listed = co_await store_->list(std::move(query));
      list = listed.next;
    }
    page_.next = cursorOf({list, lastHit().conversationId, lastHit().uid});
  }

  Task<> search(std::string conversationId) {
    isSkipping_ = !place_.uid.empty() && place_.conversationId == conversationId;
    co_await searchAll(conversationId);
    if (!isSkipping_) co_return;
    // The hit that the page before ended with is gone: to find some twice is better than to miss others.
    isSkipping_ = false;
    co_await searchAll(std::move(conversationId));
  }

  Task<> searchAll(std::string conversationId) {
    std::vector<Shelf> shelves;
    co_await searchShelf(conversationId, "", &shelves);
    for (auto shelf = shelves.rbegin(); shelf != shelves.rend() && !isFull_; ++shelf) {
      if (isSearched(shelf->name)) co_await searchShelf(conversationId, shelf->name, nullptr);
    }
  }

  Task<> searchShelf(std::string conversationId, std::string shelf, std::vector<Shelf>* shelves) {
    ReadQuery query{std::move(conversationId), std::move(shelf), ItemsAtOnce};
    query.detail = ReadQuery::Detail::Origins;
    if (shelves) query.shelves = "";
    do {
      auto page = co_await store_->read(query);
      searchPage(page, query);
      if (query.shelves) *shelves = std::move(page.shelves);
      query.shelves.reset();
      query.before = page.older;
    } while (query.before && !isFull_);
  }

  // The newest item first.
  void searchPage(const Page& page, const ReadQuery& query) {
    auto itemArray = "[" + page.items.text.text() + "]", originArray = "[" + page.origins + "]";
    auto items = json::elements(itemArray), origins = json::elements(originArray);
    for (auto index = items.size(); index-- > 0 && !isFull_;) {
      auto hit = hitIn(items[index], terms_);
      if (!hit) continue;
      hit->uid = json::stringMember(origins[index], "uid").value_or("");
      if (isSkipping_) {
        isSkipping_ = hit->uid != place_.uid;
        continue;
      }
      // One more than there is room for shows that the search goes on.
      isFull_ = page_.hits.size() == limit_;
      if (isFull_) return;
      hit->conversationId = query.conversationId;
      hit->shelf = query.shelf;
      hit->createdAt = json::stringMember(origins[index], "at").value_or("");
      page_.hits.push_back(*std::move(hit));
    }
  }

  Store* store_;
  std::size_t limit_;
  std::vector<SearchTerm> terms_;
  Place place_;
  SearchPage page_;
  bool isSkipping_ = false;
  bool isFull_ = false;
};

}  // namespace

Task<SearchPage> Store::search(SearchQuery query) {
  auto terms = searchTerms(query.text);
  if (terms.empty() || query.limit == 0) co_return SearchPage{};
  Scan scan(this, query, std::move(terms));
  if (query.conversationId) co_return co_await scan.one(*query.conversationId);
  co_return co_await scan.all();
}

}  // namespace agents
