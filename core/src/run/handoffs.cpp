#include "agents/json_text.h"
#include "agents/run.h"

#include <utility>

namespace agents {

namespace {

constexpr std::string_view Ignored = "Multiple handoffs detected, ignoring this one.";

// The batches' items as the elements of an array.
Rope itemsOf(std::vector<Batch>::const_iterator from, std::vector<Batch>::const_iterator to) {
  Rope items;
  for (; from != to; ++from) appendElements(items, from->items.text);
  return items;
}

}  // namespace

// The first one is taken.
Task<> Run::handOff(std::vector<AskedHandoff> asked, std::size_t firstBatch) {
  auto& taken = asked.front();
  auto from = current_;
  const auto& handoff = agent().handoffs[taken.index];
  spans_.handoff(agent().name, setup_.agents[handoff.agent]->name);
  if (handoff.isCalled) {
    auto members =
        agentMember() + ",\"handoff\":" + std::to_string(taken.index) + ",\"callId\":" + json::quote(taken.call.callId);
    if (taken.call.arguments.empty()) taken.call.arguments = "{}";
    co_await setup_.callbacks->call("handoff", std::move(members), Rope(std::move(taken.call.arguments)));
  }
  for (const auto& one : asked) std::erase(waiting_, one.call.callId);
  std::vector<std::string> outputs;
  for (std::size_t i = 1; i < asked.size(); ++i) outputs.push_back(functionCallOutput(asked[i].call.callId, Ignored));
  const auto& next = setup_.agents[handoff.agent]->name;
  outputs.push_back(functionCallOutput(taken.call.callId, "{\"assistant\":" + json::quote(next) + "}"));
  add(std::move(outputs));
  co_await setup_.record->add(result_.newItems.back());
  co_await setup_.record->endTurn(batchesSince(firstBatch));
  co_await hook(setup_.asks.handoff, "handoff", ",\"to\":" + std::to_string(handoff.agent));
  if (handoff.isFiltered) co_await filterContext(taken.index, firstBatch, result_.newItems.size());
  current_ = setup_.agents[from]->handoffs[taken.index].agent;
  hasStarted_ = false;
  hasUsedTool_ = false;
  spans_.agent(agent(), setup_.agents);
  if (setup_.delivery == Delivery::Streamed) events_.agentUpdated(next);
}

// Lets the caller decide what the next agent's model is sent; what is stored does not change.
// The batches from the first one of the turn up to the end one are new.
Task<> Run::filterContext(std::size_t handoff, std::size_t firstBatch, std::size_t endBatch) {
  auto at = [&](std::size_t batch) { return result_.newItems.begin() + static_cast<std::ptrdiff_t>(batch); };
  Rope body(std::string("{\"inputHistory\":["));
  body.append(startContext_.text);
  body.append(std::string("],\"preHandoffItems\":["));
  body.append(itemsOf(at(contextBatches_), at(firstBatch)));
  body.append(std::string("],\"newItems\":["));
  body.append(itemsOf(at(firstBatch), at(endBatch)));
  body.append(std::string("]}"));
  auto members = agentMember() + ",\"handoff\":" + std::to_string(handoff);
  auto reply = co_await setup_.callbacks->call("handoffFilter", std::move(members), std::move(body));
  context_ = parseItems(json::member(reply, "input").value_or("[]"), "What the handoff's input filter returned");
  startContext_ = context_;
  contextBatches_ = endBatch;
}

// Of a run that is taken up: what its last handoff left out stays left out.
Task<> Run::filterAgain() {
  auto taken = *filtered_;
  auto speaker = std::exchange(current_, taken.agent);
  auto turn = result_.newItems[taken.batch].origin.turn;
  auto firstBatch = taken.batch;
  while (firstBatch > 0 && result_.newItems[firstBatch - 1].origin.turn == turn) --firstBatch;
  co_await filterContext(taken.handoff, firstBatch, taken.batch + 1);
  for (auto i = contextBatches_; i < result_.newItems.size(); ++i) context_.append(result_.newItems[i].items);
  current_ = speaker;
}

}  // namespace agents
