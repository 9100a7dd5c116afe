#include "agents/pending_writes.h"
#include "agents/records.h"
#include "session_span.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

Task<> nothing() { co_return; }

// From the run's state, since nobody else has it.
void takeUp(Beginning& beginning, const RecordSetup& setup) {
  beginning.runId = setup.runId;
  beginning.earlier = setup.earlier;
  beginning.waiting = setup.waiting;
}

class SessionRecord final : public RunRecord {
 public:
  SessionRecord(std::shared_ptr<Session> session, RecordSetup setup)
      : session_(std::move(session)), setup_(std::move(setup)) {}

  Task<Beginning> open() override {
    LoadOptions options{setup_.maxItems};
    auto page = co_await loadTraced(session_.get(), setup_.conversationId, std::move(options), &setup_.tracing);
    Beginning beginning{std::move(page.items)};
    if (setup_.resume) {
      takeUp(beginning, setup_);
      beginning.hasEarlier = savesTurns();
      if (savesTurns()) saved_ = savedOf(setup_.earlier);
    }
    co_return beginning;
  }

  Task<bool> begin(Batch input, std::vector<std::string>) override {
    if (!savesTurns() || setup_.resume) co_return true;
    std::vector<Batch> first;
    first.push_back(std::move(input));
    co_await save(std::move(first));
    co_return true;
  }

  Task<> add(Batch) override { return nothing(); }
  Task<> replace(std::vector<Batch>) override { return nothing(); }

  Task<> endTurn(std::vector<Batch> batches) override {
    if (savesTurns()) co_await save(std::move(batches));
  }

  Task<> commit(std::vector<Batch> batches) override {
    batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(saved_));
    co_await save(std::move(batches));
  }

  Task<> abandon(RunEnd) override { co_await writes_.settled(); }

 private:
  bool savesTurns() const { return setup_.persistence == Persistence::PerTurn; }

  Task<> save(std::vector<Batch> batches) {
    auto opId = setup_.runId + (saved_ > 0 ? "." + std::to_string(saved_) : "");
    saved_ += batches.size();
    std::erase_if(batches, [](const Batch& batch) { return batch.items.count == 0; });
    if (!batches.empty()) co_await writes_.run(write(std::move(batches), std::move(opId)));
  }

  Task<bool> write(std::vector<Batch> batches, std::string opId) {
    SessionSpan span(setup_.tracing, "session.save");
    auto weight = weightOf(batches);
    try {
      co_await session_->save(setup_.conversationId, std::move(batches), std::move(opId));
    } catch (const AgentsError& error) {
      span.fail(error);
      throw;
    }
    span.end(weight);
    co_return true;
  }

  std::shared_ptr<Session> session_;
  RecordSetup setup_;
  std::size_t saved_ = 0;  // batches
  PendingWrites<bool> writes_;
};

class NoRecord final : public RunRecord {
 public:
  explicit NoRecord(RecordSetup setup) : setup_(std::move(setup)) {}

  Task<Beginning> open() override {
    Beginning beginning;
    if (setup_.resume) takeUp(beginning, setup_);
    co_return beginning;
  }
  Task<bool> begin(Batch, std::vector<std::string>) override { co_return true; }
  Task<> add(Batch) override { return nothing(); }
  Task<> replace(std::vector<Batch>) override { return nothing(); }
  Task<> endTurn(std::vector<Batch>) override { return nothing(); }
  Task<> commit(std::vector<Batch>) override { return nothing(); }
  Task<> abandon(RunEnd) override { return nothing(); }

 private:
  RecordSetup setup_;
};

}  // namespace

std::size_t savedOf(const std::vector<Batch>& earlier) {
  auto isInput = [](const Batch& batch) { return batch.origin.turn.value_or(0) == 0; };
  return 1 + earlier.size() - static_cast<std::size_t>(std::count_if(earlier.begin(), earlier.end(), isInput));
}

std::unique_ptr<RunRecord> makeSessionRecord(std::shared_ptr<Session> session, RecordSetup setup) {
  return std::make_unique<SessionRecord>(std::move(session), std::move(setup));
}

std::unique_ptr<RunRecord> makeNoRecord(RecordSetup setup) { return std::make_unique<NoRecord>(std::move(setup)); }

}  // namespace agents
