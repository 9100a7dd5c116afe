#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/open_run.h"
#include "agents/run.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view OutcomeUnknown =
    "Outcome unknown: the run was interrupted while this tool was at work. It may or may not have taken effect.";

// The history as it was before the run. What others added behind it, or a limit has cut off, is no matter.
Items withoutEarlier(const Items& history, const std::vector<Batch>& earlier) {
  auto text = "[" + history.text.text() + "]";
  auto all = json::elements(text);
  std::string ofRun = "[";
  for (const auto& batch : earlier) {
    if (batch.items.count > 0) ofRun += (ofRun.size() > 1 ? "," : "") + batch.items.text.text();
  }
  ofRun += ']';
  auto own = json::elements(ofRun);
  while (!all.empty() && !own.empty() && all.back() == own.back()) {
    all.pop_back();
    own.pop_back();
  }
  Items before;
  for (auto item : all) before.append(item);
  return before;
}

bool isAmong(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

// Goes on where the run broke off: gives what the model is to see.
Items Run::takeUp(Beginning beginning) {
  isResumed_ = true;
  result_.runId = beginning.runId;
  result_.newItems.clear();
  inputToSave_ = {};
  waiting_ = std::move(beginning.waiting);
  auto context = std::move(beginning.history);
  if (beginning.hasEarlier) context = withoutEarlier(context, beginning.earlier);
  for (auto& batch : beginning.earlier) {
    turn_ = std::max(turn_, batch.origin.turn.value_or(0));
    if (batch.origin.turn.value_or(0) == 0) {
      inputToSave_.append(batch.items);
    } else {
      result_.newItems.push_back(std::move(batch));
    }
  }
  context.append(inputToSave_);
  startContext_ = context;
  for (const auto& batch : result_.newItems) context.append(batch.items);
  if (setup_.record->isOnServer()) context = unsentOf(allBatches());
  findAgent();
  return context;
}

// The agent that the run had come to, and its handoffs so far.
void Run::findAgent() {
  struct Call {
    std::string id;
    std::size_t from;
    std::size_t index;
  };
  std::vector<Call> handoffs;
  for (std::size_t i = 0; i < result_.newItems.size(); ++i) {
    const auto& batch = result_.newItems[i];
    if (batch.origin.agent.empty()) continue;
    startWith(batch.origin.agent);
    auto text = "[" + batch.items.text.text() + "]";
    for (auto item : json::elements(text)) {
      auto head = headOf(item);
      auto name = head.isCall() ? json::stringMember(item, "name").value_or("") : "";
      for (std::size_t index = 0; head.isCall() && index < agent().handoffs.size(); ++index) {
        if (agent().handoffs[index].toolName == name) handoffs.push_back({head.callId, current_, index});
      }
      for (const auto& call : handoffs) {
        const auto& handoff = setup_.agents[call.from]->handoffs[call.index];
        auto answer = "{\"assistant\":" + json::quote(setup_.agents[handoff.agent]->name) + "}";
        bool isTaken = head.isOutput() && head.callId == call.id && json::stringMember(item, "output") == answer;
        if (!isTaken) continue;
        current_ = handoff.agent;
        filtered_.reset();
        if (handoff.isFiltered) filtered_ = {call.from, call.index, i};
      }
    }
  }
  for (auto& call : handoffs) result_.handoffCalls.push_back(std::move(call.id));
}

// The agent of that name, if it is there.
void Run::startWith(const std::string& agent) {
  auto isIt = [&](const auto& one) { return one->name == agent; };
  auto found = std::find_if(setup_.agents.begin(), setup_.agents.end(), isIt);
  if (found != setup_.agents.end()) current_ = static_cast<std::size_t>(found - setup_.agents.begin());
}

// The calls that go on waiting.
std::vector<std::string> Run::undecided() const {
  std::vector<std::string> ids;
  for (const auto& item : unansweredCalls(result_.newItems)) {
    ToolCall call{headOf(item).callId, json::stringMember(item, "name").value_or(""), {}};
    if (isAmong(waiting_, call.callId) && !decisionOn(call)) ids.push_back(std::move(call.callId));
  }
  return ids;
}

// Takes up the turn that the run broke off in.
Task<Run::TurnEnd> Run::goOn() {
  if (filtered_) co_await filterAgain();
  parts_ = co_await partsOfTurn();
  auto firstBatch = result_.newItems.size();
  auto asked = co_await settleOpenCalls();
  auto end = TurnEnd::Again;
  if (!asked.isEmpty()) end = co_await act(std::move(asked), firstBatch);
  // A later call may have the same id, and nobody has agreed to it.
  std::erase_if(setup_.decisions, [](const Decision& decision) { return !decision.callId.empty(); });
  if (end == TurnEnd::Again) co_await addLateInput();
  co_return end;
}

// The calls that are open and can be made: those that waited for an approval, and those of tools that may be called
// again. The results of the others nobody knows.
Task<Run::Asked> Run::settleOpenCalls() {
  Asked asked;
  std::vector<std::string> unknown;
  for (const auto& item : unansweredCalls(result_.newItems)) {
    auto head = headOf(item);
    Asked one;
    if (head.type == "function_call") ask(one, item, head);
    bool isIdempotent = one.calls.size() == 1 && one.calls[0].tool && one.calls[0].tool->isIdempotent();
    if (!one.handoffs.empty()) {
      asked.handoffs.push_back(std::move(one.handoffs[0]));
    } else if (!one.calls.empty() && (isAmong(waiting_, head.callId) || isIdempotent)) {
      asked.calls.push_back(std::move(one.calls[0]));
    } else if (auto output = outputFor(item, OutcomeUnknown)) {
      unknown.push_back(*std::move(output));
    }
  }
  if (!unknown.empty()) {
    co_await setup_.record->add(batchOf(unknown));
    add(std::move(unknown));
  }
  co_return asked;
}

// What the user has said while the run waited.
Task<> Run::addLateInput() {
  if (setup_.addedInput.count == 0) co_return;
  for (bool isBlocking : {true, false}) {
    if (!(isBlocking ? setup_.asks.inputGuardrails : setup_.asks.inputGuardrailsBeside)) continue;
    Rope body("[" + setup_.addedInput.text.text() + "]");
    auto members = agentMember() + ",\"blocking\":" + (isBlocking ? "true" : "false");
    co_await setup_.callbacks->call("inputGuardrails", std::move(members), std::move(body));
  }
  Batch batch{{"", result_.runId, turn_}, std::exchange(setup_.addedInput, {})};
  context_.append(batch.items);
  result_.newItems.push_back(batch);
  co_await setup_.record->add(std::move(batch));
  co_await setup_.record->endTurn(batchesSince(result_.newItems.size() - 1));
}

}  // namespace agents
