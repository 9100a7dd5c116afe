#pragma once

#include "agents/item.h"
#include "agents/store.h"
#include "agents/task.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agents {

struct LoadOptions {
  // At most so many items. A call whose output would remain without it, and the other way round, is left out too.
  std::optional<std::size_t> maxItems = std::nullopt;
  ReadQuery::Detail detail = ReadQuery::Detail::Text;
};

// Conversation memory, as a run needs it. `StoreSession` is ours; a custom session of JavaScript is another.
class Session {
 public:
  virtual ~Session() = default;

  // The newest items, in the order they were said.
  virtual Task<Page> load(std::string conversationId, LoadOptions options) = 0;

  // Adds the items behind the existing ones, all or none. A second call with the same `opId` does nothing.
  virtual Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) = 0;
};

// A session on a store of ours.
class StoreSession final : public Session {
 public:
  explicit StoreSession(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Task<Page> load(std::string conversationId, LoadOptions options) override;
  Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) override;

  // Removes and gives the newest item, or nothing when there is none.
  Task<std::optional<std::string>> pop(std::string conversationId);
  // Removes all items; the conversation stays.
  Task<> clear(std::string conversationId);
  // Removes the conversation.
  Task<> remove(std::string conversationId);
  // Sets the title.
  Task<> rename(std::string conversationId, std::string title);
  Task<ConversationPage> list(ListQuery query);
  // As the store does it, for those who know more of a history than a run needs.
  Task<Page> read(ReadQuery query);
  Task<Applied> apply(std::string conversationId, Change change);
  Task<> close();

 private:
  Task<Applied> applyOne(std::string conversationId, Edit edit);

  std::unique_ptr<Store> store_;
};

}  // namespace agents
