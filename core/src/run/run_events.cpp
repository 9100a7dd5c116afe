#include "agents/run_events.h"

#include "agents/item.h"
#include "agents/json_text.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

// A reader that is further behind than this is waited for.
constexpr std::size_t MaxWaitingBytes = 256 * 1024;

// The SDK's names for what an item means to a run.
struct Naming {
  std::string_view event;
  std::string_view item;
};

Naming namingOf(const ItemHead& head, const std::vector<std::string>& handoffs) {
  if (head.type == "message") return {"message_output_created", "message_output_item"};
  bool isHandoff = std::find(handoffs.begin(), handoffs.end(), head.callId) != handoffs.end();
  if (head.isOutput()) {
    return isHandoff ? Naming{"handoff_occurred", "handoff_output_item"}
                     : Naming{"tool_output", "tool_call_output_item"};
  }
  if (head.isReasoning()) return {"reasoning_item_created", "reasoning_item"};
  return isHandoff ? Naming{"handoff_requested", "handoff_call_item"} : Naming{"tool_called", "tool_call_item"};
}

std::string itemJson(std::string_view type, std::string_view agent, std::string_view item) {
  std::string text = "{\"type\":\"";
  text += type;
  text += "\",\"agent\":" + json::quote(agent) + ",\"rawItem\":";
  text += item;
  return text += '}';
}

std::string eventJson(std::string_view name, std::string_view itemJson) {
  std::string event = "{\"type\":\"run_item_stream_event\",\"name\":\"";
  event += name;
  event += "\",\"item\":";
  event += itemJson;
  return event += '}';
}

}  // namespace

std::string runItemJson(std::string_view agent, std::string_view item, const std::vector<std::string>& handoffs) {
  return itemJson(namingOf(headOf(item), handoffs).item, agent, item);
}

Task<> RunEvents::emit(std::string wireEvent) {
  push("{\"type\":\"raw_model_stream_event\",\"data\":" + wireEvent + "}");
  while (attached_ && !ended_ && waiting_.size() > MaxWaitingBytes) {
    runWaits_ = true;
    co_await drained_.wait();
  }
}

void RunEvents::agentUpdated(std::string_view agent) {
  push("{\"type\":\"agent_updated_stream_event\",\"agent\":" + json::quote(agent) + "}");
}

void RunEvents::itemCreated(std::string_view agent, std::string_view item, const std::vector<std::string>& handoffs) {
  auto naming = namingOf(headOf(item), handoffs);
  push(eventJson(naming.event, itemJson(naming.item, agent, item)));
}

void RunEvents::approvalRequested(std::string_view agent, std::string_view call) {
  push(eventJson("tool_approval_requested", itemJson("tool_approval_item", agent, call)));
}

void RunEvents::end() {
  ended_ = true;
  if (std::exchange(readerWaits_, false)) arrived_.set();
}

Task<std::optional<std::string>> RunEvents::next() {
  attached_ = true;
  while (waiting_.empty() && !ended_) {
    readerWaits_ = true;
    co_await arrived_.wait();
  }
  if (waiting_.empty()) co_return std::nullopt;
  co_return takeUnread();
}

std::string RunEvents::takeUnread() {
  auto events = std::exchange(waiting_, {});
  if (std::exchange(runWaits_, false)) drained_.set();
  return events;
}

void RunEvents::detach() {
  attached_ = false;
  if (std::exchange(runWaits_, false)) drained_.set();
}

void RunEvents::push(std::string event) {
  if (!waiting_.empty()) waiting_ += ',';
  waiting_ += event;
  if (std::exchange(readerWaits_, false)) arrived_.set();
}

}  // namespace agents
