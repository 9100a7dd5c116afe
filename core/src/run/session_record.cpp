#include "agents/pending_writes.h"
#include "agents/records.h"

#include <utility>

namespace agents {

namespace {

class SessionRecord final : public RunRecord {
 public:
  SessionRecord(std::shared_ptr<Session> session, RecordSetup setup)
      : session_(std::move(session)), setup_(std::move(setup)) {}

  Task<Beginning> open() override {
    LoadOptions options{setup_.maxItems};
    auto page = co_await session_->load(setup_.conversationId, std::move(options));
    co_return Beginning{std::move(page.items)};
  }

  Task<bool> begin(Batch input) override {
    if (setup_.persistence != Persistence::PerTurn) co_return true;
    std::vector<Batch> first;
    first.push_back(std::move(input));
    co_await save(std::move(first));
    co_return true;
  }

  Task<> add(Batch) override { co_return; }

  Task<> endTurn(std::vector<Batch> batches) override {
    if (setup_.persistence == Persistence::PerTurn) co_await save(std::move(batches));
  }

  Task<> commit(std::vector<Batch> batches) override {
    batches.erase(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(saved_));
    co_await save(std::move(batches));
  }

  Task<> abandon(RunEnd, std::string) override { co_await writes_.settled(); }

 private:
  Task<> save(std::vector<Batch> batches) {
    auto opId = setup_.runId + (saved_ > 0 ? "." + std::to_string(saved_) : "");
    saved_ += batches.size();
    std::erase_if(batches, [](const Batch& batch) { return batch.items.count == 0; });
    if (!batches.empty()) co_await writes_.run(write(std::move(batches), std::move(opId)));
  }

  Task<bool> write(std::vector<Batch> batches, std::string opId) {
    co_await session_->save(setup_.conversationId, std::move(batches), std::move(opId));
    co_return true;
  }

  std::shared_ptr<Session> session_;
  RecordSetup setup_;
  std::size_t saved_ = 0;  // batches
  PendingWrites<bool> writes_;
};

class NoRecord final : public RunRecord {
 public:
  Task<Beginning> open() override { co_return Beginning{}; }
  Task<bool> begin(Batch) override { co_return true; }
  Task<> add(Batch) override { co_return; }
  Task<> endTurn(std::vector<Batch>) override { co_return; }
  Task<> commit(std::vector<Batch>) override { co_return; }
  Task<> abandon(RunEnd, std::string) override { co_return; }
};

}  // namespace

std::unique_ptr<RunRecord> makeSessionRecord(std::shared_ptr<Session> session, RecordSetup setup) {
  return std::make_unique<SessionRecord>(std::move(session), std::move(setup));
}

std::unique_ptr<RunRecord> makeNoRecord() { return std::make_unique<NoRecord>(); }

}  // namespace agents
