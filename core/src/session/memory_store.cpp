#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/stores.h"
#include "cursor.h"
#include "fingerprint.h"
#include "iso_time.h"
#include "origin_json.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

namespace agents {

namespace {

struct Entry {
  Slice text;
  std::string uid;
  Origin origin;
  std::int64_t position = 0;  // grows over all items of the store; cursors name it
  std::int64_t at = 0;        // ms
};

struct Remembered {
  std::string conversationId;
  std::string fingerprint;
  Applied applied;
};

struct Held {
  Conversation info;
  TextArena arena;
  // The active history is the shelf without a name.
  std::map<std::string, std::vector<Entry>> shelves;
  std::int64_t version = 0;
};

// Texts that follow each other in one buffer go into the rope as one slice, comma included.
void appendText(Rope& rope, const Slice& text) {
  if (rope.empty()) return rope.append(text);
  rope.append(Slice{text.buffer, text.offset - 1, text.size + 1});
}

class MemoryStore final : public Store {
 public:
  Task<Page> read(ReadQuery query) override {
    checkOpen();
    Page page;
    auto found = conversations_.find(query.conversationId);
    page.version = found == conversations_.end() ? "0" : std::to_string(found->second.version);
    if (found == conversations_.end()) co_return page;
    const auto& entries = found->second.shelves[query.shelf];
    auto end = query.before ? lowerBound(entries, positionOf(*query.before)) : entries.end();
    auto begin = entries.begin();
    if (query.since) {
      begin = lowerBound(entries, positionOf(*query.since));
      if (begin != entries.end() && begin->position == positionOf(*query.since)) ++begin;
    }
    if (end < begin) end = begin;
    if (query.newest && static_cast<std::size_t>(end - begin) > *query.newest) {
      begin = end - static_cast<std::ptrdiff_t>(*query.newest);
    }
    for (auto entry = begin; entry != end; ++entry) {
      appendText(page.items.text, entry->text);
      if (query.detail == ReadQuery::Detail::Origins) {
        appendOrigin(page.origins, entry->uid, entry->origin, isoTime(entry->at));
      }
    }
    page.items.count = static_cast<std::size_t>(end - begin);
    if (begin != end) {
      page.newest = std::to_string((end - 1)->position);
      if (begin != entries.begin()) page.older = std::to_string(begin->position);
    }
    co_return page;
  }

  Task<ConversationPage> list(ListQuery query) override {
    checkOpen();
    // Newest change first; the version orders changes, and names the place in the list.
    auto end = query.after ? positionOf(*query.after) : clock_ + 1;
    std::vector<const Held*> byVersion;
    for (const auto& [id, held] : conversations_) {
      if (held.version < end) byVersion.push_back(&held);
    }
    std::sort(byVersion.begin(), byVersion.end(), [](auto a, auto b) { return a->version > b->version; });
    ConversationPage page;
    if (query.limit == 0) co_return page;
    for (auto held : byVersion) {
      if (page.conversations.size() == query.limit) break;
      page.conversations.push_back(held->info);
      page.next = std::to_string(held->version);
    }
    if (page.conversations.size() == byVersion.size()) page.next.reset();
    co_return page;
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    checkOpen();
    auto fingerprint = fingerprintOf(conversationId, change);
    if (auto known = operations_.find(change.opId); known != operations_.end()) {
      if (known->second.fingerprint != fingerprint) {
        throw AgentsError(ErrorCode::SessionConflict, "An operation id was used for two different changes.");
      }
      auto applied = known->second.applied;
      applied.repeated = true;
      co_return applied;
    }
    auto found = conversations_.find(conversationId);
    auto version = found == conversations_.end() ? "0" : std::to_string(found->second.version);
    if (change.expectVersion && *change.expectVersion != version) {
      throw AgentsError(ErrorCode::SessionConflict, "The conversation changed since it was read.");
    }
    Applied applied;
    ++clock_;
    for (auto& edit : change.edits)
      std::visit([&](auto& one) { perform(conversationId, one, applied, change.opId); }, edit);
    found = conversations_.find(conversationId);
    if (found != conversations_.end()) {
      found->second.version = clock_;
      found->second.info.updatedAt = isoTime(nowMs());
    }
    applied.version = found == conversations_.end() ? "0" : std::to_string(clock_);
    remember(change.opId, {conversationId, fingerprint, applied});
    co_return applied;
  }

  Task<> close() override {
    closed_ = true;
    conversations_.clear();
    operations_.clear();
    co_return;
  }

 private:
  using Entries = std::vector<Entry>;

  static Entries::const_iterator lowerBound(const Entries& entries, std::int64_t position) {
    return std::lower_bound(entries.begin(), entries.end(), position,
                            [](const Entry& entry, std::int64_t wanted) { return entry.position < wanted; });
  }

  void checkOpen() const {
    if (closed_) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
  }

  // As many as SqlStore remembers.
  void remember(const std::string& opId, Remembered what) {
    constexpr std::size_t Kept = 1000;
    operations_.emplace(opId, std::move(what));
    order_.push_back(opId);
    if (order_.size() > Kept) {
      operations_.erase(order_.front());
      order_.pop_front();
    }
  }

  Held& held(const std::string& id) {
    auto [found, fresh] = conversations_.try_emplace(id);
    if (fresh) {
      found->second.info.id = id;
      found->second.info.createdAt = isoTime(nowMs());
    }
    return found->second;
  }

  void perform(const std::string& id, edit::Append& append, Applied&, const std::string& opId) {
    if (append.batch.items.count == 0) return;
    auto& conversation = held(id);
    auto array = "[" + append.batch.items.text.text() + "]";
    auto at = nowMs();
    for (auto item : json::elements(array)) {
      Entry entry{conversation.arena.add(item), opId + "." + std::to_string(added_), append.batch.origin, ++added_, at};
      conversation.shelves[append.shelf].push_back(std::move(entry));
    }
  }

  void perform(const std::string& id, edit::Pop&, Applied& applied, const std::string&) {
    applied.popped.reset();
    auto found = conversations_.find(id);
    if (found == conversations_.end() || found->second.shelves[""].empty()) return;
    auto& entries = found->second.shelves[""];
    applied.popped = std::string(entries.back().text.view());
    entries.pop_back();
  }

  void perform(const std::string& id, edit::Shelve& shelve, Applied&, const std::string&) {
    auto found = conversations_.find(id);
    if (found == conversations_.end()) return;
    auto& active = found->second.shelves[""];
    auto chosen = [&](const Entry& entry) {
      return std::find(shelve.uids.begin(), shelve.uids.end(), entry.uid) != shelve.uids.end();
    };
    for (const auto& entry : active) {
      if (!chosen(entry)) continue;
      auto shelved = entry;
      shelved.position = ++added_;
      found->second.shelves[shelve.shelf].push_back(std::move(shelved));
    }
    std::erase_if(active, chosen);
  }

  void perform(const std::string& id, edit::Restore& restore, Applied&, const std::string&) {
    auto found = conversations_.find(id);
    if (found == conversations_.end()) return;
    auto moved = std::exchange(found->second.shelves[restore.shelf], {});
    for (auto& entry : moved) {
      entry.position = ++added_;
      found->second.shelves[""].push_back(std::move(entry));
    }
  }

  void perform(const std::string& id, edit::Discard& discard, Applied&, const std::string&) {
    auto found = conversations_.find(id);
    if (found != conversations_.end()) found->second.shelves.erase(discard.shelf);
  }

  void perform(const std::string& id, edit::Describe& describe, Applied&, const std::string&) {
    auto& info = held(id).info;
    if (describe.title) info.title = *describe.title;
    if (describe.metadata) info.metadata = *describe.metadata;
  }

  void perform(const std::string& id, edit::Clear&, Applied&, const std::string&) {
    auto found = conversations_.find(id);
    if (found == conversations_.end()) return;
    found->second.shelves.clear();
    found->second.arena = {};
    forgetPopped(id);
  }

  void perform(const std::string& id, edit::Delete&, Applied&, const std::string&) {
    conversations_.erase(id);
    forgetPopped(id);
  }

  // What was removed on purpose must not stay with the operations.
  void forgetPopped(const std::string& id) {
    for (auto& [opId, operation] : operations_) {
      if (operation.conversationId == id) operation.applied.popped.reset();
    }
  }

  std::unordered_map<std::string, Held> conversations_;
  std::unordered_map<std::string, Remembered> operations_;
  std::deque<std::string> order_;
  std::int64_t clock_ = 0;
  std::int64_t added_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace agents
