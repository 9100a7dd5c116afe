#include "agents/run.h"

#include "agents/open_run.h"

#include <utility>

namespace agents {

Run::Run(RunSetup setup) : setup_(std::move(setup)) {
  result_.runId = setup_.runId;
  result_.conversationId = setup_.conversationId;
  result_.lastAgent = setup_.agent->name;
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
  auto how = RunEnd::Failed;
  std::string why;
  try {
    auto completed = co_await turns_.run(drive());
    // From here on the run cannot be stopped: a write must reach an outcome that is known.
    if (!completed) {
      how = RunEnd::Stopped;
      if (setup_.keepsPartial && isBegun_) co_await keepPartial();
      throw *stopped_;
    }
    co_await setup_.record->commit(allBatches());
    events_.end();
    co_return *std::move(completed);
  } catch (const AgentsError& error) {
    failure = std::current_exception();
    why = codeName(error.code());
  } catch (...) {
    failure = std::current_exception();
  }
  co_await setup_.record->abandon(how, std::move(why));
  events_.end();
  std::rethrow_exception(failure);
}

Task<RunResult> Run::drive() {
  context_ = co_await prepare();
  if (setup_.delivery == Delivery::Streamed) events_.agentUpdated(setup_.agent->name);
  co_await answerOpenCalls();
  for (int number = turn_ + 1; !setup_.maxTurns || number <= *setup_.maxTurns; ++number) {
    turn_ = number;
    if (co_await turn()) co_return result_;
  }
  throw AgentsError(ErrorCode::MaxTurnsExceeded,
                    "The run used all of its turns (" + std::to_string(*setup_.maxTurns) + ").");
}

Batch Run::batchOf(const std::vector<std::string>& items) const {
  Batch batch{{setup_.agent->name, result_.runId, turn_}};
  for (const auto& item : items) batch.items.append(item);
  return batch;
}

void Run::add(std::vector<std::string> items) {
  if (items.empty()) return;
  auto batch = batchOf(items);
  if (setup_.delivery == Delivery::Streamed) {
    for (const auto& item : items) events_.itemCreated(setup_.agent->name, item);
  }
  context_.append(batch.items);
  result_.newItems.push_back(std::move(batch));
}

std::vector<Batch> Run::allBatches() const {
  std::vector<Batch> batches{{{"", result_.runId, 0}, inputToSave_}};
  batches.insert(batches.end(), result_.newItems.begin(), result_.newItems.end());
  return batches;
}

Task<> Run::keepPartial() {
  auto batches = allBatches();
  batches.push_back(batchOf(settled_));
  batches.push_back(batchOf(partial_.items()));
  co_await setup_.record->commit(completed(std::move(batches), "aborted"));
}

}  // namespace agents
