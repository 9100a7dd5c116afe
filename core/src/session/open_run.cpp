#include "agents/open_run.h"

#include "agents/json_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace agents {

namespace {

using State = OpenRun::State;

constexpr std::array<std::pair<State, std::string_view>, 5> StateNames{{{State::Running, "running"},
                                                                        {State::AwaitingApproval, "awaiting_approval"},
                                                                        {State::Failed, "failed"},
                                                                        {State::Stopped, "stopped"},
                                                                        {State::Crashed, "crashed"}}};

State stateNamed(std::string_view name) {
  for (const auto& [state, itsName] : StateNames) {
    if (itsName == name) return state;
  }
  return State::Crashed;
}

template <typename Look>
void eachItem(const std::vector<Batch>& batches, Look look) {
  for (const auto& batch : batches) {
    auto array = "[" + batch.items.text.text() + "]";
    for (auto item : json::elements(array)) look(batch, item, headOf(item));
  }
}

// The calls that no output behind them answers. Some servers count their calls anew in each response, so an output
// before a call is that of another one with the same id.
class OpenCalls {
 public:
  explicit OpenCalls(const std::vector<Batch>& batches) {
    std::size_t place = 0;
    eachItem(batches, [&](const Batch&, std::string_view, const ItemHead& head) {
      ++place;
      if (head.isOutput()) lastOutput_[head.callId] = place;
    });
  }

  // To be asked of every item, in their order.
  bool isOpen(const ItemHead& head) {
    ++place_;
    if (!head.isCall()) return false;
    auto output = lastOutput_.find(head.callId);
    return output == lastOutput_.end() || output->second < place_;
  }

  // Whether this open call is the first of its id: one that the model repeats is one call.
  bool isNew(const ItemHead& head) { return seen_.insert(head.callId).second; }

 private:
  std::map<std::string, std::size_t> lastOutput_;
  std::set<std::string> seen_;
  std::size_t place_ = 0;
};

}  // namespace

std::string_view stateName(State state) {
  return std::find_if(StateNames.begin(), StateNames.end(), [&](const auto& one) { return one.first == state; })
      ->second;
}

OpenRun::State stateOf(RunEnd::How how) {
  if (how == RunEnd::How::Stopped) return State::Stopped;
  return how == RunEnd::How::AwaitingApproval ? State::AwaitingApproval : State::Failed;
}

std::string journalOf(std::string_view runId) { return std::string(JournalPrefix) + std::string(runId); }

std::string noteText(const OpenRun::Note& note) {
  std::string waiting;
  for (const auto& id : note.waiting) (waiting += waiting.empty() ? "" : ",") += json::quote(id);
  return "{\"state\":" + json::quote(stateName(note.state)) + ",\"holder\":" + json::quote(note.holder) +
         ",\"agent\":" + json::quote(note.agent) + ",\"error\":" + json::quote(note.error) + ",\"waiting\":[" +
         waiting + "]}";
}

OpenRun::Note noteFrom(std::string_view note) {
  auto text = json::compact(note).value_or("{}");
  auto member = [&](std::string_view key) { return json::stringMember(text, key).value_or(""); };
  OpenRun::Note read{stateNamed(member("state")), member("holder"), member("agent"), member("error")};
  auto waiting = json::member(text, "waiting").value_or("");
  if (json::isArray(waiting)) {
    for (auto id : json::elements(waiting)) {
      if (json::isString(id)) read.waiting.push_back(json::unquote(id));
    }
  }
  return read;
}

std::vector<std::string> unansweredCalls(const std::vector<Batch>& batches) {
  OpenCalls open(batches);
  std::vector<std::string> calls;
  eachItem(batches, [&](const Batch&, std::string_view item, const ItemHead& head) {
    if (open.isOpen(head) && open.isNew(head)) calls.emplace_back(item);
  });
  return calls;
}

Items unsentOf(const std::vector<Batch>& batches) {
  Items unsent;
  eachItem(batches, [&](const Batch& batch, std::string_view item, const ItemHead& head) {
    bool isSaid = !batch.origin.agent.empty() && !head.isOutput();
    if (isSaid) {
      unsent = {};
    } else {
      unsent.append(item);
    }
  });
  return unsent;
}

bool askedForTools(const std::vector<Batch>& batches) {
  bool asked = false;
  eachItem(batches, [&](const Batch&, std::string_view, const ItemHead& head) { asked = asked || head.isCall(); });
  return asked;
}

std::optional<std::string> outputFor(std::string_view call, std::string_view saying) {
  auto head = headOf(call);
  if (head.type != "function_call" && head.type != "custom_tool_call") return std::nullopt;
  return "{\"type\":\"" + head.type + "_output\",\"call_id\":" + json::quote(head.callId) +
         ",\"output\":" + json::quote(saying) + "}";
}

std::vector<Batch> completed(std::vector<Batch> batches, std::string_view saying) {
  OpenCalls open(batches);
  std::vector<Batch> whole;
  for (const auto& batch : batches) {
    Batch kept{batch.origin};
    Batch outputs{batch.origin};
    eachItem({batch}, [&](const Batch&, std::string_view item, const ItemHead& head) {
      bool isOpen = open.isOpen(head);
      auto output = isOpen && open.isNew(head) ? outputFor(item, saying) : std::nullopt;
      if (!isOpen || output) kept.items.append(item);
      if (output) outputs.items.append(*output);
    });
    for (auto* one : {&kept, &outputs}) {
      if (one->items.count > 0) whole.push_back(std::move(*one));
    }
  }
  return whole;
}

}  // namespace agents
