#pragma once

#include "agents/http.h"
#include "agents/interruptible.h"
#include "agents/model.h"
#include "agents/session.h"
#include "agents/task.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// Older items of a conversation are folded: something short stands in their place, and they lie on a shelf of their
// own. Nothing is destroyed.
namespace agents {

// Who makes what stands for the folded items: the API's own compaction, or a model that writes a summary.
enum class Strategy { Compact, Summary };

struct CompactionSetup {
  std::string conversationId;
  Strategy strategy = Strategy::Compact;
  std::string model;
  // Writes summaries.
  std::shared_ptr<Model> summariser = nullptr;
  // For the API's compaction. They outlive the call.
  HttpClient* client = nullptr;
  Timer* timer = nullptr;
  RetryPolicy retry = {};
  // Below so many items nothing happens, unless `force`. Compact: of those from the last compaction on. Summary: of
  // all.
  std::size_t threshold = 10;
  // Compact: at most so many of the newest items are kept beside what users said. Summary: at most so many items remain
  // in all, if need be without the oldest words of users.
  std::size_t targetItems = 0;
  // A shorter summary is not taken.
  std::size_t minSummaryTokens = 0;
  bool force = false;
  // With Compact: the server knows the whole history under this id, so that it need not be sent.
  std::string responseId = {};
  // May stop it for as long as nothing is written. It then fails with Aborted.
  Interruptible* stop = nullptr;
  // Hears of "planned", "asked" and "folded", with the number of items. It must not throw.
  std::function<void(const char* stage, std::size_t items)> progress = {};
};

struct CompactionOutcome {
  enum class Status {
    Done,
    NotDue,           // there are too few items
    NothingToFold,    // all of them stay
    NoSaving,         // what would stand for them is longer
    SummaryTooShort,  // for minSummaryTokens
    Overtaken,        // what was to be folded was changed meanwhile
    Busy,             // the conversation is being compacted
  } status = Status::Done;
  std::string id;
  std::size_t folded = 0;
  std::size_t kept = 0;  // items that stay as they are
  // Of what is folded, and of what stands for it.
  std::size_t tokensBefore = 0;
  std::size_t tokensAfter = 0;
  Usage usage;
};
std::string_view statusName(CompactionOutcome::Status status);

// A fold of a conversation. The uid of what stands for its items begins with `id` and a dot.
struct Compaction {
  std::string id;
  std::string createdAt;  // ISO 8601, UTC
  // JSON object: {"kind","strategy","model","folded","tokensBefore","tokensAfter","usage","lastUid","runs"}.
  std::string note;
};

// Folds what is old. It does so in one change, which what is added meanwhile does not disturb. Fails as the model or
// the API does, with ModelBehavior where the answer is none to this question, and with SessionUnsupported where the
// server has no compaction.
Task<CompactionOutcome> compact(std::shared_ptr<StoreSession> session, CompactionSetup setup);

// Takes the newest fold back, and gives it: the history is what it was before it, and what came since. Gives nothing
// where there is none.
Task<std::vector<Compaction>> undoCompaction(std::shared_ptr<StoreSession> session, std::string conversationId);

// The oldest first.
Task<std::vector<Compaction>> compactionsOf(std::shared_ptr<StoreSession> session, std::string conversationId);

// The history as it was said, with origins: what is folded in its place, and nothing of what stands for it.
Task<Page> loadUnfolded(std::shared_ptr<StoreSession> session, std::string conversationId);

// The history as the model saw it in this run, up to the run's last item. Fails with SessionNotFound when no item is of
// this run.
Task<Page> loadAsSeenBy(std::shared_ptr<StoreSession> session, std::string conversationId, std::string runId);

// Keeps an item from being folded, or no longer so. Fails with SessionNotFound when the item to be pinned is not in the
// active history.
enum class Pin { Set, Lift };
Task<> pinItem(std::shared_ptr<StoreSession> session, std::string conversationId, std::string uid, Pin pin);

}  // namespace agents
