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

class Fold {
 public:
  Fold(std::shared_ptr<StoreSession> session, CompactionSetup setup)
      : session_(std::move(session)), setup_(std::move(setup)), change_(session_.get(), setup_.conversationId) {}

  Task<CompactionOutcome> outcome() {
    bool isAlone = co_await takePlace();
    if (!isAlone) co_return ended(Status::Busy);
    auto page = co_await readTail(session_.get(), setup_.conversationId, std::nullopt, "");
    found_ = std::make_unique<Found>(std::move(page), setup_);
    if (!isWorthAsking()) co_return outcome_;
    auto standIn = co_await stop()->run(askToFold(&setup_, folding(found_->items, found_->plan), lostWords()));
    if (!standIn || stop()->interrupted()) stopped();
    if (!isGoodEnough(*standIn)) co_return outcome_;
    for (bool done = false; !done;) {
      done = co_await change_.apply(found_->page.version, editsFor(standIn->item));
      if (done) break;
      page = co_await readTail(session_.get(), setup_.conversationId, std::nullopt, "");
      if (!isStillSame(std::move(page))) co_return ended(Status::Overtaken);
    }
    tell("folded");
    co_return outcome_;
  }

 private:
  const SessionParts& parts() const { return session_->parts(); }
  Interruptible* stop() { return setup_.stop ? setup_.stop : &neverStopped_; }
  void tell(const char* stage) const {
    if (setup_.progress) setup_.progress(stage, outcome_.folded);
  }

  CompactionOutcome ended(Status status) {
    outcome_.status = status;
    return outcome_;
  }

  // One at a time: in this instance, and among all who share its locks.
  Task<bool> takePlace() {
    auto name = "compact:" + setup_.conversationId;
    if (parts().writers->isBusy(name)) co_return false;
    place_ = parts().writers->enter(name);
    if (!parts().locks) co_return true;
    lock_ = co_await parts().locks->take(std::move(name), 0);
    co_return lock_ != nullptr;
  }

  bool isWorthAsking() {
    const auto& plan = found_->plan;
    if (plan.due == FoldPlan::Due::Yes) {
      outcome_.folded = plan.count;
      outcome_.kept = found_->items.size() - plan.count;
      outcome_.tokensBefore = plan.tokens;
      tell("planned");
      bool canSave = setup_.strategy == Strategy::Compact || plan.tokens > setup_.minSummaryTokens;
      if (canSave) tell("asked");
      outcome_.status = canSave ? Status::Done : Status::NoSaving;
    } else {
      outcome_.status = plan.due == FoldPlan::Due::NotDue ? Status::NotDue : Status::NothingToFold;
    }
    return outcome_.status == Status::Done;
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

  bool isGoodEnough(const StandIn& standIn) {
    outcome_.usage = standIn.usage;
    outcome_.tokensAfter = standIn.tokens;
    if (setup_.strategy == Strategy::Summary && standIn.tokens < setup_.minSummaryTokens) {
      outcome_.status = Status::SummaryTooShort;
    } else if (standIn.tokens >= outcome_.tokensBefore) {
      outcome_.status = Status::NoSaving;
    }
    return outcome_.status == Status::Done;
  }

  std::vector<Edit> editsFor(const std::string& item) {
    outcome_.id = change_.opId();
    auto shelf = std::string(FoldPrefix) + outcome_.id;
    edit::Shelve shelve{{}, shelf};
    for (std::size_t i = 0; i < found_->plan.border; ++i) {
      if (found_->plan.folded[i]) shelve.uids.push_back(found_->items[i].uid);
    }
    edit::StandIn standIn{shelf, {}};
    standIn.batch.items.append(item);
    std::vector<Edit> edits;
    edits.push_back(std::move(shelve));
    edits.push_back(std::move(standIn));
    edits.push_back(edit::Note{shelf, foldNote(setup_, outcome_, found_->items, found_->plan, found_->page)});
    return edits;
  }

  // Goes on with what has come behind it, as long as what is to be folded is the same.
  bool isStillSame(Page page) {
    auto later = std::make_unique<Found>(std::move(page), setup_);
    if (found_->isOvertakenBy(*later)) return false;
    later->plan = found_->plan;
    found_ = std::move(later);
    return true;
  }

  std::shared_ptr<StoreSession> session_;
  CompactionSetup setup_;
  PlannedChange change_;
  Interruptible neverStopped_;
  std::unique_ptr<Writers::Place> place_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<Found> found_;
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
  co_return co_await fold.outcome();
}

}  // namespace agents
