#include "agents/change_rules.h"
#include "agents/error.h"
#include "agents/fingerprint.h"
#include "agents/stores.h"
#include "cursor.h"
#include "iso_time.h"
#include "memory_conversation.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace agents {

namespace {

struct Remembered {
  std::string fingerprint;
  Applied applied;
};

class MemoryStore final : public Store {
 public:
  Task<Page> read(ReadQuery query) override {
    checkOpen();
    Page page;
    auto found = conversations_.find(query.conversationId);
    page.version = versionOf(found);
    if (found != conversations_.end()) found->second.read(query, page);
    co_return page;
  }

  Task<ConversationPage> list(ListQuery query) override {
    checkOpen();
    // Newest change first; the version orders changes, and names the place in the list.
    auto end = query.after ? positionOf(*query.after) : clock_ + 1;
    std::map<std::int64_t, const MemoryConversation*, std::greater<>> byVersion;
    for (const auto& [id, one] : conversations_) {
      bool inTime = !query.changedBefore || one.updatedAt() < *query.changedBefore;
      if (one.version() < end && inTime) byVersion.emplace(one.version(), &one);
    }
    ConversationPage page;
    if (query.limit == 0) co_return page;
    for (const auto& [version, one] : byVersion) {
      if (page.conversations.size() == query.limit) break;
      page.conversations.push_back(query.sizes ? one->sized() : one->info());
      page.next = std::to_string(version);
    }
    if (page.conversations.size() == byVersion.size()) page.next.reset();
    co_return page;
  }

  Task<Applied> apply(std::string conversationId, Change change) override {
    checkOpen();
    checkChange(change);
    auto fingerprint = fingerprintOf(conversationId, change);
    if (auto known = repeated(change, fingerprint)) co_return *std::move(known);
    checkAdmitted(conversationId, change);
    auto applied = perform(conversationId, change);
    if (!change.opId.empty()) remember(change.opId, {std::move(fingerprint), applied});
    co_return applied;
  }

  Task<> close() override {
    closed_ = true;
    conversations_.clear();
    operations_.clear();
    co_return;
  }

 private:
  using Conversations = std::unordered_map<std::string, MemoryConversation>;

  void checkOpen() const {
    if (closed_) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
  }

  std::string versionOf(Conversations::const_iterator found) const {
    return found == conversations_.end() ? "0" : std::to_string(found->second.version());
  }

  std::optional<Applied> repeated(const Change& change, const std::string& fingerprint) const {
    auto known = operations_.find(change.opId);
    if (known == operations_.end()) return std::nullopt;
    if (known->second.fingerprint != fingerprint) {
      throw AgentsError(ErrorCode::SessionConflict, "An operation id was used for two different changes.");
    }
    auto applied = known->second.applied;
    applied.repeated = true;
    return applied;
  }

  void checkAdmitted(const std::string& id, const Change& change) const {
    auto found = conversations_.find(id);
    if (change.expectVersion && *change.expectVersion != versionOf(found)) {
      throw AgentsError(ErrorCode::SessionConflict, "The conversation changed since it was read.");
    }
    bool admitted = found == conversations_.end() ? !change.heldBy : found->second.admits(change, nowMs());
    if (!admitted) throw AgentsError(ErrorCode::SessionConflict, "Another run holds the conversation.");
  }

  Applied perform(const std::string& id, const Change& change) {
    MemoryChange going{change.opId, nowMs(), position_};
    bool changes = false;
    for (const auto& edit : change.edits) {
      auto conversation = touched(id, edit, going.now);
      if (conversation) conversation->perform(edit, going);
      if (std::holds_alternative<edit::Delete>(edit)) conversations_.erase(id);
      changes = changes || isChange(edit);
    }
    auto found = conversations_.find(id);
    if (changes) ++clock_;
    if (changes && found != conversations_.end()) found->second.changed(clock_, going.now);
    return {versionOf(found)};
  }

  // The conversation that an edit is about; null when the edit finds none and makes none.
  MemoryConversation* touched(const std::string& id, const Edit& edit, std::int64_t now) {
    if (auto found = conversations_.find(id); found != conversations_.end()) return &found->second;
    auto append = std::get_if<edit::Append>(&edit);
    bool makes = (append && append->batch.items.count > 0) || std::holds_alternative<edit::StandIn>(edit) ||
                 std::holds_alternative<edit::Note>(edit) || std::holds_alternative<edit::Describe>(edit);
    return makes ? &conversations_.try_emplace(id, id, now).first->second : nullptr;
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

  Conversations conversations_;
  std::unordered_map<std::string, Remembered> operations_;
  std::deque<std::string> order_;
  std::int64_t clock_ = 0;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Store> makeMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace agents
