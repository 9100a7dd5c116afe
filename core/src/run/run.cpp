#include "agents/run.h"

#include "agents/json_text.h"
#include "agents/open_run.h"
#include "usage_record.h"

#include <utility>

namespace agents {

namespace {

// Failures that a caller's error handler may turn into a final output.
bool canBeHandled(ErrorCode code) {
  return code == ErrorCode::MaxTurnsExceeded || code == ErrorCode::ModelRefusal ||
         code == ErrorCode::InvalidFinalOutput;
}

std::string assistantMessage(std::string_view text) {
  return R"({"type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":)" +
         json::quote(text) + R"(,"annotations":[]}]})";
}

}  // namespace

Run::Run(RunSetup setup) : setup_(std::move(setup)), current_(setup_.firstAgent), spans_(setup_.tracing) {
  result_.runId = setup_.runId;
  result_.conversationId = setup_.conversationId;
  partial_.onText = [this](const std::string& text) { setup_.record->said(text); };
  setup_.record->onEvicted = [this] {
    stop(ErrorCode::RunSuperseded, "The conversation was cleared or deleted while the run was under way.");
  };
}

void Run::cancel() { stop(ErrorCode::Aborted, "The run was stopped."); }

void Run::stop(ErrorCode code, const char* why) {
  if (!stopped_) stopped_.emplace(code, why);
  turns_.interrupt();
}

Task<RunResult> Run::result() {
  std::exception_ptr failure;
  RunEnd end;
  try {
    auto ended = co_await turns_.run(drive());
    // From here on the run cannot be stopped: a write must reach an outcome that is known.
    if (ended == TurnEnd::Final) {
      setup_.record->notSent(context_);
      tellUsage("completed");
      co_await setup_.record->commit(allBatches());
    } else if (ended == TurnEnd::Interrupted) {
      end.how = RunEnd::How::AwaitingApproval;
    } else {
      end.how = RunEnd::How::Stopped;
      if (setup_.keepsPartial && isBegun_) co_await keepPartial();
      throw stopped_.value_or(AgentsError(ErrorCode::Aborted, "The run was stopped after a turn."));
    }
  } catch (const AgentsError& error) {
    failure = std::current_exception();
    end.why = codeName(error.code());
    spans_.fail(error);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure || end.how != RunEnd::How::Failed) {
    end.agent = agent().name;
    end.waiting = waiting_;
    tellUsage(stateName(stateOf(end.how)));
    co_await setup_.record->abandon(std::move(end));
  }
  events_.end();
  if (failure) std::rethrow_exception(failure);
  result_.lastAgent = agent().name;
  result_.version = setup_.record->version();
  result_.input = inputToSave_;
  result_.pendingInput = setup_.addedInput;
  result_.turn = turn_;
  co_return std::move(result_);
}

// How the last turn ended; Again when the run was stopped behind it.
Task<Run::TurnEnd> Run::drive() {
  context_ = co_await prepare();
  // Of a run that is taken up it ends before what the run has added.
  if (!isResumed_) startContext_ = context_;
  spans_.agent(agent(), setup_.agents);
  if (setup_.delivery == Delivery::Streamed) events_.agentUpdated(agent().name);
  std::optional<AgentsError> failure;
  auto end = TurnEnd::Final;
  try {
    end = co_await loop();
  } catch (const AgentsError& error) {
    if (!setup_.asks.failure || !canBeHandled(error.code())) throw;
    failure = error;
  }
  if (failure) {
    bool isRecovered = co_await recover(*failure);
    if (!isRecovered) throw *failure;
  }
  spans_.end();
  co_return end;
}

Task<Run::TurnEnd> Run::loop() {
  auto end = TurnEnd::Again;
  if (isResumed_) {
    spans_.turn(turn_, agent().name);
    end = co_await goOn();
  }
  while (end == TurnEnd::Again && !stopsAfterTurn_) {
    if (setup_.maxTurns && turn_ >= *setup_.maxTurns) {
      throw AgentsError(ErrorCode::MaxTurnsExceeded,
                        "The run used all of its turns (" + std::to_string(*setup_.maxTurns) + ").");
    }
    turn_ += 1;
    spans_.turn(turn_, agent().name);
    end = co_await turn();
  }
  co_return end;
}

// Whether the caller has a final output in spite of the failure.
Task<bool> Run::recover(const AgentsError& error) {
  auto members =
      agentMember() + ",\"code\":" + json::quote(codeName(error.code())) + ",\"message\":" + json::quote(error.what());
  auto reply = co_await setup_.callbacks->call("failure", std::move(members), {});
  auto output = json::stringMember(reply, "output");
  if (!output) co_return false;
  if (agent().hasOutputGuardrails) co_await setup_.callbacks->call("outputGuardrails", agentMember(), Rope(*output));
  co_await hook(setup_.asks.agentEnd, "agentEnd", {}, Rope(*output));
  if (json::member(reply, "includeInHistory") == "true") {
    std::vector<std::string> items(1, assistantMessage(*output));
    add(std::move(items));
  }
  result_.finalOutput = *std::move(output);
  co_return true;
}

Batch Run::batchOf(const std::vector<std::string>& items) const {
  Batch batch{{agent().name, result_.runId, turn_}};
  for (const auto& item : items) batch.items.append(item);
  return batch;
}

void Run::add(std::vector<std::string> items) {
  if (items.empty()) return;
  auto batch = batchOf(items);
  if (setup_.delivery == Delivery::Streamed) {
    for (const auto& item : items) events_.itemCreated(agent().name, item, result_.handoffCalls);
  }
  context_.append(batch.items);
  result_.newItems.push_back(std::move(batch));
}

std::vector<Batch> Run::allBatches() const {
  std::vector<Batch> batches{{{"", result_.runId, 0}, inputToSave_}};
  batches.insert(batches.end(), result_.newItems.begin(), result_.newItems.end());
  return batches;
}

std::vector<Batch> Run::batchesSince(std::size_t first) const {
  return {result_.newItems.begin() + static_cast<std::ptrdiff_t>(first), result_.newItems.end()};
}

Task<> Run::keepPartial() {
  auto batches = allBatches();
  batches.push_back(batchOf(settled_));
  batches.push_back(batchOf(partial_.items()));
  tellUsage(stateName(OpenRun::State::Stopped));
  co_await setup_.record->commit(completed(std::move(batches), "aborted"));
}

void Run::tellUsage(std::string_view status) { setup_.record->used(usageRecord(result_, status, msSince(begun_))); }

std::string Run::agentMember() const { return "\"agent\":" + std::to_string(current_); }

Task<> Run::hook(bool isThere, std::string_view name, std::string members, Rope body) {
  if (!isThere) co_return;
  auto head = "\"hook\":" + json::quote(name) + "," + agentMember() + members;
  co_await setup_.callbacks->call("hook", std::move(head), std::move(body));
}

}  // namespace agents
