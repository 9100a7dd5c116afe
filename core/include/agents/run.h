#pragma once

#include "agents/error.h"
#include "agents/interruptible.h"
#include "agents/item.h"
#include "agents/model.h"
#include "agents/partial_answer.h"
#include "agents/record.h"
#include "agents/run_events.h"
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
  // How the run is remembered; one record serves one run.
  std::shared_ptr<RunRecord> record;
  std::string runId;
  // Empty without a session.
  std::string conversationId;
  std::shared_ptr<InputShaper> shaper;
  std::optional<int> maxTurns = 10;  // unlimited without
  Delivery delivery = Delivery::Whole;
  // Whether a run that is stopped enters the history with what it has got: calls without a result are answered
  // "aborted", and an answer that was being streamed is kept as far as it came, marked incomplete.
  bool keepsPartial = false;
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

// One run of an agent: the loop of model calls and tool calls, and the history around it, which is read at the start
// and written as the record says. It outlives the tasks that it gives.
class Run {
 public:
  explicit Run(RunSetup setup);

  // Runs to the end; to be awaited once. Fails with Aborted after `cancel`, with MaxTurnsExceeded, and with whatever
  // model, record and shaper fail with.
  Task<RunResult> result();

  // Stops the run at the next point where it waits; what it waits for is abandoned, save for writes, which reach their
  // outcome. Not from inside a tool's invoke.
  void cancel();

  RunEvents& events() { return events_; }

 private:
  Task<RunResult> drive();
  Task<Items> prepare();
  Task<Items> shape(const Items& history);
  Items takeUp(Beginning beginning);
  Task<bool> turn();
  Task<> answerOpenCalls();
  Task<std::vector<std::string>> callTools(std::vector<ToolCall> calls);
  Task<std::string> answerAndRecord(std::shared_ptr<Tool> tool, ToolCall call);
  void add(std::vector<std::string> items);
  Batch batchOf(const std::vector<std::string>& items) const;
  std::vector<Batch> allBatches() const;
  Task<> keepPartial();
  void stop(ErrorCode code, const char* why);

  RunSetup setup_;
  RunResult result_;
  // What the model is sent: the history, the input, and what was added since.
  Items context_;
  // The part of the input that the history has not got yet.
  Items inputToSave_;
  // Of the model's answer that is under way or was the last.
  int turn_ = 0;
  bool isBegun_ = false;
  // What the tools of this turn have answered so far.
  std::vector<std::string> settled_;
  RunEvents events_;
  PartialAnswer partial_{&events_};
  std::optional<AgentsError> stopped_;
  Interruptible turns_;
};

}  // namespace agents
