#pragma once

#include "agents/interruptible.h"
#include "agents/item.h"
#include "agents/model.h"
#include "agents/run_events.h"
#include "agents/session.h"
#include "agents/tool.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agents {

// What a `sessionInputCallback` made of the history and the new input.
struct ShapedInput {
  // Where an item came from, as far as its identity tells. An item of unknown source may still equal one of history.
  struct Source {
    enum class Kind { History, New, Unknown } kind = Kind::Unknown;
    std::size_t index = 0;
  };

  std::vector<std::string> items;
  std::vector<Source> sources;  // one for each item
};

class InputShaper {
 public:
  virtual ~InputShaper() = default;
  virtual Task<ShapedInput> shape(Items history, Items newInput) = 0;
};

enum class Delivery { Whole, Streamed };

// All that a run needs; optional parts may be null.
struct RunSetup {
  std::shared_ptr<const Agent> agent;
  std::shared_ptr<Model> model;
  Items input;
  std::shared_ptr<Session> session;
  // Named by the caller, or a new UUID when there is a session.
  std::string conversationId;
  std::shared_ptr<InputShaper> shaper;
  std::optional<std::size_t> maxItems;
  std::optional<int> maxTurns = 10;  // unlimited without
  Delivery delivery = Delivery::Whole;
  // A longer history is refused: a tab or an edge worker would run out of memory.
  std::size_t maxHistoryBytes = 64 * 1024 * 1024;
};

struct RunResult {
  std::string runId;
  std::string conversationId;
  std::string finalOutput;
  // What the run added behind its input, in order; each batch knows its agent and turn.
  std::vector<Batch> newItems;
  std::string lastAgent;
  std::string lastResponseId;
  Usage usage;
};

// One run of an agent: the loop of model calls and tool calls, and the history around it. The history is read at the
// start and written once, when the run is complete; a run that fails or is stopped leaves it as it was.
// It outlives the tasks that it gives.
class Run {
 public:
  explicit Run(RunSetup setup);

  // Runs to the end; to be awaited once. Fails with Aborted after `cancel`, with MaxTurnsExceeded, and with whatever
  // model, session and shaper fail with.
  Task<RunResult> result();

  // Stops the run at the next point where it waits; what it waits for is abandoned. Not from inside a tool's invoke.
  void cancel() { turns_.interrupt(); }

  RunEvents& events() { return events_; }

 private:
  Task<RunResult> drive();
  Task<Items> prepareInput();
  Task<bool> turn(int number);
  Task<std::vector<std::string>> callTools(std::vector<ToolCall> calls);
  void add(int turn, std::vector<std::string> items);
  Task<> save();

  RunSetup setup_;
  RunResult result_;
  // What the model is sent: the history, the input, and what was added since.
  Items context_;
  // The part of the input that the history has not got yet.
  Items inputToSave_;
  RunEvents events_;
  Interruptible turns_;
};

}  // namespace agents
