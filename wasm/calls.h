#pragma once

#include "agents/error.h"
#include "agents/rope.h"
#include "agents/task.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The way in: what the JavaScript side may ask the core to do, by name.
namespace agents::wasm {

// A call under way. `id` is the number that the caller gave it; a run is known by that of its call.
struct Call {
  std::uint32_t id;
  std::string head;  // JSON text without white space
  std::string body;
};

struct Answer {
  std::string head;
  Rope body;
  // A failure that comes with a body.
  std::optional<AgentsError> failure = std::nullopt;
};

using Operation = Task<Answer> (*)(Call);

struct NamedOperation {
  std::string_view name;
  Operation operation;
};

// The operation of that name, or null.
template <std::size_t Size>
Operation find(const std::array<NamedOperation, Size>& operations, std::string_view name) {
  for (const auto& one : operations) {
    if (one.name == name) return one.operation;
  }
  return nullptr;
}
Operation sessionOperation(std::string_view name);
Operation conversationsOperation(std::string_view name);
Operation runOperation(std::string_view name);
Operation compactionOperation(std::string_view name);
Operation branchOperation(std::string_view name);
Operation tokenOperation(std::string_view name);
Operation searchOperation(std::string_view name);

// Exported: begins an operation; the host's `settle` has its outcome. Never throws.
void call(std::uint32_t id, std::string operation, std::string head, std::string body);
// Exported: {"tickets","calls","sessions","runs"}, what is alive.
std::string stats();

std::size_t liveSessions();
std::size_t liveRuns();

}  // namespace agents::wasm
