#pragma once

#include "agents/http.h"
#include "agents/item.h"
#include "agents/model.h"
#include "agents/record.h"
#include "agents/records.h"
#include "agents/session.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

using ItemTexts = std::vector<std::string>;

// The Conversations API.
class Conversations {
 public:
  // Requests that add something are sent again only if the server refused them. `policy` says how long they wait for a
  // conversation that is locked.
  Conversations(std::shared_ptr<HttpClient> client, std::shared_ptr<Timer> timer, RetryPolicy policy)
      : client_(std::move(client)), timer_(std::move(timer)), policy_(policy) {}

  // The new conversation, as the API describes it.
  Task<std::string> create() { return send("POST", "/conversations", Rope(std::string("{}"))); }

  enum class Detail { Plain, Whole };
  // All items of a conversation, oldest first; or the newest ones, `newest` of them if there are so many. Whole ones
  // have images and sealed reasoning with them.
  Task<ItemTexts> items(std::string id, std::optional<std::size_t> newest, Detail detail = Detail::Plain);
  // Adds items in as many requests as it takes, all or none: what was added before a failure is removed again. Where an
  // answer got lost, it looks for the items behind `last`, the newest item that the caller knows, before it sends them
  // again. Gives the id of the newest item.
  Task<std::string> add(std::string id, ItemTexts items, std::string last);
  // Each in its own request, in their order. What is not there is no error, neither here nor in `remove`.
  Task<> removeItems(std::string_view id, const ItemTexts& itemIds);
  Task<> remove(std::string_view id);
  // Waits until no other request is at the conversation: until a write that can only fail is not refused for that.
  Task<> unlocked(std::string_view id) { return removeItems(id, {"msg_none"}); }

  Timer* timer() const { return timer_.get(); }
  // For how many ms a locked conversation is waited for.
  double patience() const { return policy_.lockedForMs; }
  // The same, without waiting for locks.
  Conversations impatient() const;

 private:
  Task<std::string> send(std::string method, std::string path, Rope body = {});
  Task<> erase(ItemTexts paths);

  std::shared_ptr<HttpClient> client_;
  std::shared_ptr<Timer> timer_;
  RetryPolicy policy_;
};

// Items as the API takes them from somebody who does not know what it has: without the ids that it gives itself and
// without what other SDKs add. What it would not take at all is left out.
ItemTexts sanitised(const Items& items);

// Where the history of one of our conversations is.
struct ServerPlace {
  std::string id;         // of the server's conversation; empty when there is none yet
  std::string lastAgent;  // who spoke last
  std::string last;       // the id of the newest item that a run left there, or empty
};

// As the note of the shelf ServerShelf.
std::string noteText(const ServerPlace& place);
ServerPlace placeIn(const Page& page, const std::string& conversationId);

// A session whose histories are the server's. A session of ours remembers which conversation of the server is which of
// ours, and has the journals of runs; a conversation that is named as the server names its own is that one.
class ServerSession {
 public:
  ServerSession(std::shared_ptr<StoreSession> ids, Conversations api) : ids_(std::move(ids)), api_(std::move(api)) {}

  // What `placeIn` reads.
  Task<Page> readNote(std::string conversationId);
  // Sets `place`. Creates the server's conversation if there is none: one, whoever else needs it at the same time.
  Task<> findOrCreate(std::string conversationId, ServerPlace* place);

  // As those of StoreSession; uids are the server's ids.
  Task<Page> load(std::string conversationId, std::optional<std::size_t> maxItems) {
    return window(std::move(conversationId), maxItems, Cut::Limit);
  }
  Task<> save(std::string conversationId, Items items);
  // What it removed.
  Task<Page> pop(std::string conversationId) { return window(std::move(conversationId), std::nullopt, Cut::Pop); }

  enum class Forget { Items, Conversation };
  // Deletes the server's conversation. With Forget::Items the next item begins another one.
  Task<> remove(std::string conversationId, Forget what);

  enum class Unsent { Kept, Dropped };
  // Ends an open run: the server gets the outputs that it lacks, and what it was not sent if that is kept. Fails as
  // StoreSession::discardRun.
  Task<> endRun(std::string conversationId, std::string runId, Unsent unsent);

  // Has every call of the server's conversation answered: with what runs had got, else with "aborted".
  Task<> settle(ServerPlace place, std::vector<Batch> known, Unsent unsent);

  const std::shared_ptr<StoreSession>& ids() const { return ids_; }
  Conversations& api() { return api_; }

 private:
  enum class Cut { Limit, Pop };
  Task<Page> window(std::string conversationId, std::optional<std::size_t> maxItems, Cut cut);

  std::shared_ptr<StoreSession> ids_;
  Conversations api_;
};

// A run on a conversation of the server's: its record, and the model that it asks, which is `model` with the
// conversation around it.
struct ServerRun {
  std::shared_ptr<RunRecord> record;
  std::shared_ptr<Model> model;
};
ServerRun makeServerRun(std::shared_ptr<ServerSession> session, std::shared_ptr<Model> model, RecordSetup setup);

}  // namespace agents
