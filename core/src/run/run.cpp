#include "agents/run.h"

#include "agents/error.h"
#include "agents/random.h"

#include <utility>

namespace agents {

Run::Run(RunSetup setup) : setup_(std::move(setup)) {
  result_.runId = randomId();
  result_.conversationId = setup_.conversationId;
  if (result_.conversationId.empty() && setup_.session) result_.conversationId = randomUuid();
  result_.lastAgent = setup_.agent->name;
}

Task<RunResult> Run::result() {
  std::exception_ptr failure;
  try {
    auto completed = co_await turns_.run(drive());
    if (!completed) throw AgentsError(ErrorCode::Aborted, "The run was stopped.");
    // From here on the run cannot be stopped: a write must reach an outcome that is known.
    co_await save();
    events_.end();
    co_return *std::move(completed);
  } catch (...) {
    failure = std::current_exception();
  }
  events_.end();
  std::rethrow_exception(failure);
}

Task<RunResult> Run::drive() {
  context_ = co_await prepareInput();
  if (setup_.delivery == Delivery::Streamed) events_.agentUpdated(setup_.agent->name);
  for (int number = 1; !setup_.maxTurns || number <= *setup_.maxTurns; ++number) {
    if (co_await turn(number)) co_return result_;
  }
  throw AgentsError(ErrorCode::MaxTurnsExceeded,
                    "The run used all of its turns (" + std::to_string(*setup_.maxTurns) + ").");
}

void Run::add(int turn, std::vector<std::string> items) {
  if (items.empty()) return;
  Batch batch{{setup_.agent->name, result_.runId, turn}, {}};
  for (const auto& item : items) {
    batch.items.append(item);
    if (setup_.delivery == Delivery::Streamed) events_.itemCreated(setup_.agent->name, item);
  }
  context_.append(batch.items);
  result_.newItems.push_back(std::move(batch));
}

Task<> Run::save() {
  if (!setup_.session) co_return;
  std::vector<Batch> batches;
  if (inputToSave_.count > 0) batches.push_back({{"", result_.runId, 0}, inputToSave_});
  for (const auto& batch : result_.newItems) batches.push_back(batch);
  co_await setup_.session->save(result_.conversationId, std::move(batches), result_.runId);
}

}  // namespace agents
