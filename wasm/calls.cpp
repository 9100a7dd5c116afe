#include "calls.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/running.h"
#include "head.h"
#include "host.h"

#include <exception>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

std::unordered_map<std::uint32_t, Running>& running() {
  static std::unordered_map<std::uint32_t, Running> it;
  return it;
}

Operation operationNamed(std::string_view name) {
  for (auto find : {sessionOperation, runOperation, compactionOperation, branchOperation, searchOperation,
                    tokenOperation, conversationsOperation}) {
    if (auto found = find(name)) return found;
  }
  return nullptr;
}

// Readers of the head would overflow the stack where it is nested too deeply.
std::string checkedHead(const std::string& head) {
  json::Flaw flaw;
  auto text = json::compact(head, &flaw);
  if (!text) throw AgentsError(ErrorCode::InvalidArgument, "An option " + flaw.reason + ".");
  return *std::move(text);
}

// The only place where every exception ends.
Running serve(Operation operation, Call call) {
  auto id = call.id;
  try {
    call.head = checkedHead(call.head);
    auto answer = co_await operation(std::move(call));
    if (answer.failure) {
      settleWithError(id, *answer.failure, answer.body);
    } else {
      settle(id, answer.head, answer.body);
    }
  } catch (const AgentsError& error) {
    settleWithError(id, error, {});
  } catch (const std::exception& error) {
    AgentsError defect(ErrorCode::Internal, std::string("agents-wasm failed: ") + error.what());
    settleWithError(id, defect, {});
  }
}

}  // namespace

void call(std::uint32_t id, std::string operation, std::string head, std::string body) {
  auto found = operationNamed(operation);
  if (!found) {
    AgentsError defect(ErrorCode::Internal, "The core has no operation '" + operation + "'.");
    return settleWithError(id, defect, {});
  }
  auto& coroutine = running()[id] = serve(found, {id, std::move(head), std::move(body)});
  coroutine.start([id] { running().erase(id); });
}

std::string stats() {
  auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
  return HeadWriter()
      .count("tickets", count(liveTickets()))
      .count("calls", count(running().size()))
      .count("sessions", count(liveSessions()))
      .count("runs", count(liveRuns()))
      .take();
}

}  // namespace agents::wasm
