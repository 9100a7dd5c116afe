#pragma once

#include "agents/item.h"
#include "agents/record.h"
#include "agents/store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// A run that has begun and is not part of the history. What it has got lies on a shelf of its own, its journal.
struct OpenRun {
  enum class State { Running, AwaitingApproval, Failed, Stopped, Crashed };

  std::string runId;
  State state = State::Crashed;
  std::string agent;  // the last one
  std::string error;  // why it failed, or empty
  std::string startedAt;
  std::vector<std::string> waiting = {};
  // What it added, one batch for each source; its input has turn 0.
  std::vector<Batch> batches = {};

  // What is on its shelf beside the items.
  struct Note {
    State state = State::Running;
    // The attempt that works on it: a holder of the conversation's lease.
    std::string holder;
    std::string agent;
    std::string error = {};
    // Ids of calls that wait for an approval and were never started.
    std::vector<std::string> waiting = {};
  };
};

std::string_view stateName(OpenRun::State state);
OpenRun::State stateOf(RunEnd::How how);

// The shelves of open runs are named so, with the run's id behind.
inline constexpr std::string_view JournalPrefix = "run:";
std::string journalOf(std::string_view runId);

std::string noteText(const OpenRun::Note& note);
// A note of another version of this package may lack members, and one that somebody else wrote may be no JSON at all.
OpenRun::Note noteFrom(std::string_view note);

// The calls among the batches' items that no output among them answers, in their order.
std::vector<std::string> unansweredCalls(const std::vector<Batch>& batches);

// What came behind the last thing that a model said: no model has been sent it, or none has answered it.
Items unsentOf(const std::vector<Batch>& batches);

// Whether any tool may have been started.
bool askedForTools(const std::vector<Batch>& batches);

// An output for a call that has none. `saying` is what a model reads; nothing for calls whose output is no text.
std::optional<std::string> outputFor(std::string_view call, std::string_view saying);

// The batches with an output behind each call that has none, so that a provider takes them. A call that cannot be
// answered in words is left out.
std::vector<Batch> completed(std::vector<Batch> batches, std::string_view saying);

}  // namespace agents
