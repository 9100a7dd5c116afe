#include "../session/journal.h"
#include "agents/error.h"
#include "agents/normalise.h"
#include "agents/pending_writes.h"
#include "agents/random.h"
#include "agents/records.h"
#include "agents/running.h"
#include "session_span.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace agents {

namespace {

using Clock = std::chrono::steady_clock;

// Between two looks at a lease that another process holds, in ms.
constexpr double LeasePause = 50;
// Among so many of the newest items an agent that spoke is looked for.
constexpr std::size_t LooksBack = 20;

class StoreRecord final : public RunRecord {
 public:
  StoreRecord(std::shared_ptr<StoreSession> session, RecordSetup setup)
      : session_(std::move(session)),
        setup_(std::move(setup)),
        deadline_(Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(setup_.busyTimeout))) {}

  Task<Beginning> open() override {
    co_await takeTurn();
    auto page = co_await readWhenFree();
    version_ = page.version;
    isWhole_ = false;
    settlement_.clear();
    Beginning beginning;
    beginning.history = std::move(page.items);
    if (setup_.asksLastAgent) beginning.lastAgent = co_await lastAgent();
    beginning.isWhole = parts().writers->wholeHistories.has(setup_.conversationId, version_, setup_.maxItems);
    auto runs = co_await openRunsIn(&page, &parts(), setup_.conversationId);
    if (setup_.resume && !journals()) {
      goOnWith(beginning);
    } else if (setup_.resume) {
      co_await reopen(std::move(runs), &beginning);
    } else {
      co_await settle(std::move(runs), &beginning);
    }
    co_return beginning;
  }

  void historyIsWhole() override {
    isWhole_ = true;
    parts().writers->wholeHistories.found(setup_.conversationId, version_, setup_.maxItems);
  }

  Task<bool> begin(Batch input, std::vector<std::string> waiting) override {
    auto edits = std::move(settlement_);
    // What is taken up again lies there already.
    if (!setup_.resume) addBeginning(edits, std::move(input));
    if (journals()) edits.push_back(note({OpenRun::State::Running, holder_, setup_.agent, {}, std::move(waiting)}));
    edits.push_back(hold());
    Change change{operationId(), version_};
    change.edits = std::move(edits);
    bool begun = co_await isWritten(std::move(change));
    if (begun) startRenewal();
    co_return begun;
  }

  Task<> add(Batch batch) override {
    if (!journals()) co_return;
    Change change{operationId()};
    change.edits.push_back(edit::Append{std::move(batch), shelf()});
    co_await writeHeld(std::move(change));
  }

  Task<> replace(std::vector<Batch> batches) override {
    if (!journals()) co_return;
    Change change{operationId()};
    change.edits.push_back(edit::Discard{shelf()});
    for (auto& batch : batches) {
      if (batch.items.count > 0) change.edits.push_back(edit::Append{std::move(batch), shelf()});
    }
    change.edits.push_back(note({OpenRun::State::Running, holder_, setup_.agent}));
    co_await writeHeld(std::move(change));
  }

  Task<> endTurn(std::vector<Batch> batches) override {
    if (journals()) co_return;
    savedBatches_ += batches.size();
    Change change{operationId()};
    for (auto& batch : batches) change.edits.push_back(edit::Append{std::move(batch)});
    co_await writeHeld(std::move(change));
  }

  Task<> commit(std::vector<Batch> batches) override {
    co_await writes_.settled();
    batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(savedBatches_));
    // An answer may be reasoning that led to nothing, or the output of a tool.
    bool endsWhole = batches.empty() || isWhole(batches.back().items);
    Change change{setup_.runId + ".commit"};
    if (setup_.serverNote) batches.clear();
    change.edits = commitEdits(setup_.runId, std::move(batches));
    if (setup_.serverNote) change.edits.push_back(edit::Note{std::string(ServerShelf), *setup_.serverNote});
    addUsage(change.edits);
    change.edits.push_back(edit::Release{holder_});
    co_await writeHeld(std::move(change));
    if (isWhole_ && endsWhole) parts().writers->wholeHistories.grew(setup_.conversationId, version_);
    leave();
  }

  void used(std::string item) override {
    if (!setup_.serverNote) used_ = std::move(item);
  }

  void said(const std::string& text) override {
    if (parts().observer) parts().observer->said(setup_.conversationId, setup_.runId, text);
  }

  Task<> abandon(RunEnd end) override {
    co_await writes_.settled();
    if (isHolding_) co_await close(std::move(end));
    leave();
  }

  std::string version() const override { return version_; }

 private:
  const SessionParts& parts() const { return session_->parts(); }
  bool journals() const { return setup_.persistence == Persistence::Run; }
  std::string shelf() const { return journalOf(setup_.runId); }
  std::string operationId() { return holder_ + "." + std::to_string(++operations_); }

  edit::Note note(const OpenRun::Note& note) const { return {shelf(), noteText(note)}; }

  // Whoever held the lease before is gone: this run is the only one that may write, by the line and the lock.
  bool isAlone() const { return lock_ != nullptr || parts().leaseMs == 0; }

  edit::Hold hold() const { return {holder_, parts().leaseMs, isAlone()}; }

  double left() const { return std::chrono::duration<double, std::milli>(deadline_ - Clock::now()).count(); }

  static AgentsError busy() {
    return {ErrorCode::ConversationBusy, "Another run of this conversation did not end in time."};
  }

  // First in the line of this instance, then among all who share its locks.
  Task<> takeTurn() {
    if (!place_) {
      place_ = parts().writers->enter(setup_.conversationId);
      place_->onEvicted = onEvicted;
      auto timer = parts().timer.get();
      auto patience = left();
      bool isFirst = co_await place_->atHead(timer, patience);
      if (!isFirst) throw busy();
    }
    if (!parts().locks || lock_) co_return;
    auto patience = std::max(left(), 0.0);
    lock_ = co_await parts().locks->take(setup_.conversationId, patience);
    if (!lock_) throw busy();
  }

  // The history, as soon as no other process holds the conversation.
  Task<Page> readWhenFree() {
    for (;;) {
      LoadOptions options{setup_.maxItems};
      options.shelves = std::string(JournalPrefix);
      auto page = co_await loadTraced(session_.get(), setup_.conversationId, std::move(options), &setup_.tracing);
      bool held = !isAlone() && page.lease && page.lease->holder != holder_ && page.lease->msLeft > 0;
      if (!held) co_return page;
      if (left() <= 0) throw busy();
      auto pause = std::min(LeasePause, static_cast<double>(page.lease->msLeft));
      co_await parts().timer->sleep(pause);
    }
  }

  // Who spoke last of those that are agents.
  Task<std::string> lastAgent() {
    LoadOptions options{LooksBack, ReadQuery::Detail::Origins};
    auto page = co_await session_->load(setup_.conversationId, std::move(options));
    std::string agent;
    for (const auto& batch : batchesOf(page)) {
      if (!batch.origin.agent.empty()) agent = batch.origin.agent;
    }
    co_return agent;
  }

  // What a run has got that grows turn by turn is in the history, if nobody changed it since.
  void goOnWith(Beginning& beginning) {
    if (setup_.expectVersion && *setup_.expectVersion != version_) {
      throw AgentsError(ErrorCode::RunSuperseded, "The conversation changed since this run was interrupted.");
    }
    beginning.runId = setup_.runId;
    beginning.earlier = setup_.earlier;
    beginning.waiting = setup_.waiting;
    beginning.hasEarlier = true;
    savedBatches_ = savedOf(setup_.earlier);
  }

  Task<> reopen(std::vector<OpenRun> runs, Beginning* beginning) {
    auto wanted = runs.rbegin();
    if (!setup_.resume->empty()) {
      wanted =
          std::find_if(runs.rbegin(), runs.rend(), [&](const OpenRun& run) { return run.runId == *setup_.resume; });
    }
    if (wanted == runs.rend()) throw nothingToResume();
    setup_.runId = wanted->runId;
    setup_.resume = wanted->runId;
    beginning->runId = wanted->runId;
    beginning->waiting = std::move(wanted->waiting);
    beginning->earlier = co_await readJournal(session_.get(), setup_.conversationId, setup_.runId);
  }

  AgentsError nothingToResume() const {
    if (setup_.resume->empty()) {
      return {ErrorCode::SessionNotFound, "The conversation has no open run."};
    }
    return {ErrorCode::RunSuperseded,
            "There is no open run of this id: it was committed, discarded or settled by a newer run."};
  }

  Task<> settle(std::vector<OpenRun> runs, Beginning* beginning) {
    for (const auto& run : runs) {
      auto batches = co_await readJournal(session_.get(), setup_.conversationId, run.runId);
      if (setup_.serverNote) std::move(batches.begin(), batches.end(), std::back_inserter(beginning->settled));
      auto whole = setup_.serverNote ? std::vector<Batch>() : settled(std::move(batches));
      for (const auto& batch : whole) beginning->history.append(batch.items);
      for (auto& edit : commitEdits(run.runId, std::move(whole))) settlement_.push_back(std::move(edit));
    }
  }

  void addBeginning(std::vector<Edit>& edits, Batch input) {
    if (!journals()) savedBatches_ = 1;
    auto shelf = journals() ? this->shelf() : std::string();
    if (input.items.count > 0) {
      edits.push_back(edit::Append{std::move(input), std::move(shelf)});
    } else {
      // A lease needs a conversation that is there.
      edits.push_back(edit::Describe{});
    }
  }

  // Behind the items of the run: uids count those of the history first.
  void addUsage(std::vector<Edit>& edits) {
    if (used_.empty()) return;
    Batch batch{{{}, setup_.runId, std::nullopt}};
    batch.items.append(std::exchange(used_, {}));
    edits.push_back(edit::Append{std::move(batch), std::string(UsageShelf)});
  }

  void startRenewal() {
    if (parts().leaseMs > 0) renewal_.emplace(renew()).start([] {});
  }

  Task<> writeHeld(Change change) {
    change.heldBy = holder_;
    bool isHeld = co_await isWritten(std::move(change));
    if (isHeld) co_return;
    isHolding_ = false;
    throw AgentsError(ErrorCode::RunSuperseded,
                      "The conversation was deleted, or another run took it over, while this run was under way.");
  }

  // Whether what the change expects still held. It reaches its outcome even if the run is stopped meanwhile.
  Task<bool> isWritten(Change change) {
    auto outcome = co_await writes_.run(applied(std::move(change)));
    co_return outcome;
  }

  Task<bool> applied(Change change) {
    SessionSpan span(setup_.tracing, "session.save");
    auto weight = weightOf(change.edits);
    try {
      auto applied = co_await session_->apply(setup_.conversationId, std::move(change));
      version_ = std::move(applied.version);
      isHolding_ = true;
      span.end(weight);
    } catch (const AgentsError& error) {
      span.fail(error);
      if (error.code() != ErrorCode::SessionConflict) throw;
      co_return false;
    }
    co_return true;
  }

  Running renew() {
    try {
      for (;;) {
        co_await parts().timer->sleep(static_cast<double>(parts().leaseMs) / 3);
        Change change;
        change.heldBy = holder_;
        change.edits.push_back(hold());
        co_await session_->apply(setup_.conversationId, std::move(change));
      }
    } catch (...) {
      // The next write of the run says what happened.
    }
  }

  Task<> close(RunEnd end) {
    Change change{operationId()};
    change.heldBy = holder_;
    if (journals()) {
      change.edits.push_back(
          note({stateOf(end.how), holder_, std::move(end.agent), std::move(end.why), std::move(end.waiting)}));
    }
    addUsage(change.edits);
    change.edits.push_back(edit::Release{holder_});
    try {
      auto applied = co_await session_->apply(setup_.conversationId, std::move(change));
      version_ = std::move(applied.version);
    } catch (const AgentsError&) {
      // Deleted, overtaken, or the store is out of order: the journal says that the run crashed.
    }
  }

  // Lets the next run go on, which may do so at once.
  void leave() {
    renewal_.reset();
    lock_.reset();
    place_.reset();
  }

  std::shared_ptr<StoreSession> session_;
  RecordSetup setup_;
  Clock::time_point deadline_;
  // Of this attempt; the epoch that every write of the run is checked by.
  std::string holder_ = randomId();
  std::uint64_t operations_ = 0;
  // Of the conversation, behind the last read or write.
  std::string version_;
  bool isWhole_ = false;
  std::vector<Edit> settlement_;
  std::size_t savedBatches_ = 0;
  std::string used_;
  bool isHolding_ = false;
  std::unique_ptr<Writers::Place> place_;
  std::unique_ptr<Lock> lock_;
  std::optional<Running> renewal_;
  PendingWrites<bool> writes_;
};

}  // namespace

std::unique_ptr<RunRecord> makeStoreRecord(std::shared_ptr<StoreSession> session, RecordSetup setup) {
  return std::make_unique<StoreRecord>(std::move(session), std::move(setup));
}

}  // namespace agents
