#include "calls.h"

#include <exception>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "agents/error.h"
#include "agents/running.h"
#include "host.h"

namespace agents::wasm {

namespace {

std::unordered_map<std::uint32_t, Running>& running() {
  static std::unordered_map<std::uint32_t, Running> it;
  return it;
}

Operation operationNamed(std::string_view name) {
  auto found = sessionOperation(name);
  return found ? found : runOperation(name);
}

// The only place where every exception ends.
Running serve(Operation operation, Call call) {
  auto id = call.id;
  try {
    auto answer = co_await operation(std::move(call));
    settle(id, answer.head, answer.body);
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
  nlohmann::json counts{
      {"tickets", liveTickets()}, {"calls", running().size()}, {"sessions", liveSessions()}, {"runs", liveRuns()}};
  return counts.dump();
}

}  // namespace agents::wasm
