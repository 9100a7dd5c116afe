#pragma once

#include "agents/records.h"
#include "agents/stores.h"
#include "fake_http.h"
#include "run_fakes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace agents::testing {

// A store whose answers come later, from the host's queue. It can be told to break.
class LateStore final : public Store {
 public:
  LateStore(FakeHost* host, std::shared_ptr<Store> store) : host_(host), store_(std::move(store)) {}

  Task<Page> read(ReadQuery query) override {
    ++batches;
    co_await host_->later();
    co_return co_await store_->read(std::move(query));
  }
  Task<ConversationPage> list(ListQuery query) override { co_return co_await store_->list(std::move(query)); }
  Task<Applied> apply(std::string conversationId, Change change) override {
    ++batches;
    co_await host_->later();
    if (brokenFrom && batches >= *brokenFrom) throw AgentsError(ErrorCode::SessionQuota, "The disk is full.");
    co_return co_await store_->apply(std::move(conversationId), std::move(change));
  }
  Task<> close() override { co_return; }

  int batches = 0;
  std::optional<int> brokenFrom;

 private:
  FakeHost* host_;
  std::shared_ptr<Store> store_;
};

// One process or tab: a session on a store that others may have open too.
struct Process {
  Process(FakeHost* host, std::shared_ptr<Store> store, std::int64_t leaseMs = 0) {
    auto late = std::make_unique<LateStore>(host, std::move(store));
    this->store = late.get();
    SessionParts parts{std::move(late)};
    parts.timer = std::make_shared<FakeTimer>(host);
    parts.leaseMs = leaseMs;
    session = std::make_shared<StoreSession>(std::move(parts));
  }

  LateStore* store = nullptr;
  std::shared_ptr<StoreSession> session;
};

// A run of a process. Dropping it is a crash.
class Attempt {
 public:
  Attempt(FakeHost* host, Trace* trace, std::deque<Reply> script)
      : host_(host), trace_(trace), model(std::make_shared<ScriptedModel>(host, trace, std::move(script))) {
    record.conversationId = "c";
    record.agent = "A";
    record.runId = "r1";
    setup.conversationId = "c";
    setup.model = model;
  }

  void addTool(const std::string& name, FakeTool::Work work = sum, bool idempotent = false,
               Approval approval = Approval::Never) {
    agent.tools.push_back(std::make_shared<FakeTool>(host_, trace_, name, std::move(work), idempotent, approval));
  }

  void start(const Process& process, const std::string& input) {
    setup.agents = {std::make_shared<const Agent>(agent)};
    setup.input = parseItems(input, "input");
    setup.runId = record.runId;
    auto own = setup;
    own.record = makeStoreRecord(process.session, record);
    run.emplace(std::move(own));
    started.emplace(run->result());
  }

  RunResult finish(const Process& process, const std::string& input) {
    start(process, input);
    host_->deliverAll();
    return started->result();
  }

 private:
  FakeHost* host_;
  Trace* trace_;

 public:
  std::shared_ptr<ScriptedModel> model;
  Agent agent{"A", "Be brief.", "m", "", {}};
  RecordSetup record;
  RunSetup setup;
  std::optional<Run> run;
  std::optional<Started<RunResult>> started;
};

}  // namespace agents::testing
