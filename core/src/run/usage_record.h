#pragma once

#include "agents/run.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace agents {

std::int64_t msSince(std::chrono::steady_clock::time_point begun);

// What a run cost, as an item of the shelf UsageShelf, or nothing if no model answered it:
// {"type":"agents_wasm.usage","runId","status","ms","turns":[{"turn","agent","model"?,"ms","usage":{…}}]}. `ms` is how
// long the run took, and how long the model took for each answer.
std::string usageRecord(const RunResult& result, std::string_view status, std::int64_t ms);

}  // namespace agents
