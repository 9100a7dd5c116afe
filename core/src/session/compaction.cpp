#include "agents/compaction.h"

#include "agents/error.h"
#include "fold_answer.h"
#include "fold_note.h"
#include "session_edit.h"

#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace agents {

namespace {

using Status = CompactionOutcome::Status;

[[noreturn]] void stopped() { throw AgentsError(ErrorCode::Aborted, "The compaction was stopped."); }

// A history, and what of it is to be folded.
struct Found {
  Found(Page read, const CompactionSetup& setup)
      : page(std::move(read)), items(page), pinned(pinnedIn(page)), plan(planFold(items, pinned, setup)) {}

  // Whether what is to be folded is what it was.
  bool isOvertakenBy(const Found& later) const {
    if (later.items.size() < plan.border || pinned != later.pinned) return true;
    for (std::size_t i = 0; i < plan.border; ++i) {
      if (items[i].uid != later.items[i].uid || items[i].marks.text != later.items[i].marks.text) return true;
    }
    return false;
  }

  Page page;
  FoldItems items;
  std::vector<std::string> pinned;
  FoldPlan plan;
};

// A compaction under way. Its steps that wait are those of `compact`: a coroutine for each would be a kilobyte.
class Fold {
 public:
  Fold(std::shared_ptr<StoreSession> session, CompactionSetup setup)
      : session_(std::move(session)), setup_(std::move(setup)), change_(session_.get(), setup_.conversationId) {}

  // One at a time: in this instance, and among all who share its locks.
  bool takePlace() {
    auto name = lockName();
    if (parts().writers->isBusy(name)) return false;
    place_ = parts().writers->enter(std::move(name));
    return true;
  }
  Locks* locks() const { return parts().locks.get(); }
  std::string lockName() const { return "compact:" + setup_.conversationId; }

  Task<Page> read() { return readTail(session_.get(), setup_.conversationId, std::nullopt, ""); }

  bool isWorthAsking(Page page) {
    found_ = std::make_unique<Found>(std::move(page), setup_);
    const auto& plan = found_->plan;
    if (plan.due != FoldPlan::Due::Yes) {
      return ends(plan.due == FoldPlan::Due::NotDue ? Status::NotDue : Status::NothingToFold);
    }
    outcome_.folded = plan.count;
    outcome_.kept = found_->items.size() - plan.count;
    outcome_.tokensBefore = plan.tokens;
    tell("planned");
    if (setup_.strategy == Strategy::Summary && plan.tokens <= setup_.minSummaryTokens) return ends(Status::NoSaving);
    tell("asked");
    return true;
  }

  Task<std::optional<StandIn>> ask() {
    return stop().run(askToFold(&setup_, folding(found_->items, found_->plan), lostWords()));
  }

  bool isGoodEnough(std::optional<StandIn> answer) {
    if (!answer || stop().interrupted()) stopped();
    outcome_.usage = answer->usage;
    outcome_.tokensAfter = answer->tokens;
    if (setup_.strategy == Strategy::Summary && answer->tokens < setup_.minSummaryTokens) {
      return ends(Status::SummaryTooShort);
    }
    item_ = std::move(answer->item);
    return answer->tokens < outcome_.tokensBefore || ends(Status::NoSaving);
  }

  Task<bool> apply() { return change_.apply(found_->page.version, edits()); }

  // Goes on with what has come behind it, as long as what is to be folded is the same.
  bool isStillSame(Page page) {
    if (stop().interrupted()) stopped();
    auto later = std::make_unique<Found>(std::move(page), setup_);
    if (found_->isOvertakenBy(*later)) return ends(Status::Overtaken);
    later->plan = found_->plan;
    found_ = std::move(later);
    return true;
  }

  const CompactionOutcome& done() {
    outcome_.id = change_.opId();
    tell("folded");
    return outcome_;
  }
  const CompactionOutcome& ended(Status status) {
    ends(status);
    return outcome_;
  }
  const CompactionOutcome& outcome() const { return outcome_; }

  std::unique_ptr<Lock> lock;

 private:
  const SessionParts& parts() const { return session_->parts(); }
  Interruptible& stop() { return setup_.stop ? *setup_.stop : neverStopped_; }
  void tell(const char* stage) const {
    if (setup_.progress) setup_.progress(stage, outcome_.folded);
  }
  bool ends(Status status) {
    outcome_.status = status;
    return false;
  }

  // How many of the first words of users the model will not be shown again.
  std::size_t lostWords() const {
    std::size_t said = 0;
    std::size_t lost = 0;
    for (std::size_t i = 0; i < found_->plan.border; ++i) {
      if (found_->items[i].marks.role != "user") continue;
      ++said;
      if (found_->plan.folded[i]) lost = said;
    }
    return lost;
  }

  std::vector<Edit> edits() {
    auto shelf = std::string(FoldPrefix) + change_.opId();
    edit::Shelve shelve{{}, shelf};
    for (std::size_t i = 0; i < found_->plan.border; ++i) {
      if (found_->plan.folded[i]) shelve.uids.push_back(found_->items[i].uid);
    }
    edit::StandIn standIn{shelf, {}};
    standIn.batch.items.append(item_);
    std::vector<Edit> edits;
    edits.push_back(std::move(shelve));
    edits.push_back(std::move(standIn));
    edits.push_back(edit::Note{shelf, foldNote(setup_, outcome_, found_->items, found_->page)});
    return edits;
  }

  std::shared_ptr<StoreSession> session_;
  CompactionSetup setup_;
  PlannedChange change_;
  Interruptible neverStopped_;
  std::unique_ptr<Writers::Place> place_;
  std::unique_ptr<Found> found_;
  std::string item_;
  CompactionOutcome outcome_;
};

}  // namespace

std::string_view statusName(Status status) {
  constexpr std::array<std::string_view, 7> Names{
      "done", "not_due", "nothing_to_fold", "no_saving", "summary_too_short", "overtaken", "busy"};
  return Names[static_cast<std::size_t>(status)];
}

Task<CompactionOutcome> compact(std::shared_ptr<StoreSession> session, CompactionSetup setup) {
  Fold fold(std::move(session), std::move(setup));
  if (!fold.takePlace()) co_return fold.ended(Status::Busy);
  if (fold.locks()) {
    fold.lock = co_await fold.locks()->take(fold.lockName(), 0);
    if (!fold.lock) co_return fold.ended(Status::Busy);
  }
  for (bool hasAnswer = false;; hasAnswer = true) {
    auto page = co_await fold.read();
    if (!(hasAnswer ? fold.isStillSame(std::move(page)) : fold.isWorthAsking(std::move(page)))) break;
    if (!hasAnswer) {
      auto answer = co_await fold.ask();
      if (!fold.isGoodEnough(std::move(answer))) break;
    }
    bool done = co_await fold.apply();
    if (done) co_return fold.done();
  }
  co_return fold.outcome();
}

}  // namespace agents
