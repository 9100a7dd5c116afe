#pragma once

#include "agents/http.h"
#include "agents/item.h"
#include "agents/open_run.h"
#include "agents/store.h"
#include "agents/task.h"
#include "agents/writers.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agents {

struct LoadOptions {
  // At most so many items. A call whose output would remain without it, and the other way round, is left out too.
  std::optional<std::size_t> maxItems = std::nullopt;
  ReadQuery::Detail detail = ReadQuery::Detail::Text;
  // As `ReadQuery::shelves`.
  std::optional<std::string> shelves = std::nullopt;
  // As in ReadQuery. A range is what it is, pairs that it cuts included; only `maxItems` looks after them.
  std::optional<std::string> before = std::nullopt;
  std::optional<std::string> since = std::nullopt;
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

// A load or save that took long.
struct Slowness {
  enum class Work { Load, Save } work = Work::Load;
  const std::string& conversationId;
  std::size_t items = 0;
  std::size_t bytes = 0;
  double ms = 0;
};

// Hears of what happens to the conversations of a session, whoever of this instance does it. It must not throw.
class SessionObserver {
 public:
  enum class Kind { Items, Runs, Description, Deleted };

  virtual ~SessionObserver() = default;
  // The change is stored. `version` is that of the conversation behind it.
  virtual void changed(const std::string& conversationId, Kind kind, const std::string& version) = 0;
  // A load or a save took longer than `SessionParts::slowMs`.
  virtual void slow(const Slowness& slowness) = 0;
  // A run is saying this.
  virtual void said(const std::string& conversationId, const std::string& runId, const std::string& text) = 0;
};

// All that a session on a store of ours needs; what reaches beyond this instance may be null.
struct SessionParts {
  std::unique_ptr<Store> store;
  // Sessions on one database share it.
  std::shared_ptr<Writers> writers = std::make_shared<Writers>();
  // Where there are locks over all who use the database, leases have nothing to add.
  std::shared_ptr<Locks> locks = nullptr;
  std::shared_ptr<Timer> timer = nullptr;
  // How long a run keeps a conversation that it does not renew; 0 where nobody else uses the database, or by locks.
  std::int64_t leaseMs = 0;
  std::shared_ptr<SessionObserver> observer = nullptr;
  // From how many ms on a load or save is slow.
  double slowMs = 1000;
};

// A session on a store of ours.
class StoreSession final : public Session {
 public:
  explicit StoreSession(SessionParts parts) : parts_(std::move(parts)) {}

  Task<Page> load(std::string conversationId, LoadOptions options) override;
  Task<> save(std::string conversationId, std::vector<Batch> batches, std::string opId) override;

  // As the store does it.
  Task<Page> read(ReadQuery query);
  Task<Applied> apply(std::string conversationId, Change change);
  Task<ConversationPage> list(ListQuery query);

  // Removes the newest item, and all that would be broken without it. Gives the newest item, or nothing when there is
  // none.
  Task<std::optional<std::string>> pop(std::string conversationId);
  // Removes the named items, and all that would be broken without them. Gives what it removed, with origins; the
  // version is that of before. Uids that name nothing are left out.
  Task<Page> removeItems(std::string conversationId, std::vector<std::string> uids);
  // Puts an item in the place of another one. Fails with SessionNotFound when there is none of that uid, and with
  // SessionInvalidItem when the new one cannot stand where the old one does.
  Task<> replaceItem(std::string conversationId, std::string uid, std::string item);

  // The runs that have begun and are not part of the history, the oldest first.
  Task<std::vector<OpenRun>> openRuns(std::string conversationId);
  // Forgets an open run. Fails with ConversationBusy while it is running, with RunSuperseded if it is not open.
  Task<> discardRun(std::string conversationId, std::string runId);
  // Makes an open run part of the history; calls without a result are answered "aborted". Fails as `discardRun`.
  Task<> commitRun(std::string conversationId, std::string runId);

  Task<> close();

  const SessionParts& parts() const { return parts_; }

 private:
  void watchOver(const Slowness& slowness) const;

  SessionParts parts_;
};

}  // namespace agents
