#include "calls.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/running.h"
#include "host.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <unordered_map>
#include <utility>

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

nlohmann::json parseHead(const std::string& head) {
  json::Flaw flaw;
  auto text = json::compact(head, &flaw);
  if (!text) throw AgentsError(ErrorCode::InvalidArgument, "An option " + flaw.reason + ".");
  return nlohmann::json::parse(*text);
}

std::size_t countIn(const nlohmann::json& value) {
  constexpr double Most = std::numeric_limits<std::int32_t>::max() - 1;
  return static_cast<std::size_t>(std::min(value.get<double>(), Most));
}

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
