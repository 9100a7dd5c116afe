#pragma once

#include "agents/agent.h"
#include "agents/callbacks.h"
#include "agents/error.h"
#include "agents/interruptible.h"
#include "agents/item.h"
#include "agents/model.h"
#include "agents/normalise.h"
#include "agents/partial_answer.h"
#include "agents/record.h"
#include "agents/run_events.h"
#include "agents/run_spans.h"
#include "agents/running.h"
#include "agents/tool.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

// What a call of a tool that the agent has not comes to: the run's failure, or an answer that the model reads.
enum class UnknownTool { Fails, Answered };

// What somebody said to a call that waited for an approval.
struct Decision {
  std::string callId;  // empty for all calls of `tool`
  std::string tool;
  bool isApproved = false;
  std::string message = {};  // why not, for the model
};

// All that a run needs; optional parts may be null.
struct RunSetup {
  // The first agent, and those that handoffs lead to. Not empty.
  std::vector<std::shared_ptr<const Agent>> agents;
  std::size_t firstAgent = 0;
  std::shared_ptr<Model> model;
  Items input;
  // How the run is remembered; one record serves one run.
  std::shared_ptr<RunRecord> record;
  std::string runId;
  // Empty without a session.
  std::string conversationId;
  std::shared_ptr<InputShaper> shaper;
  // The caller's functions. Null if `asks` and the agents have none.
  std::shared_ptr<Callbacks> callbacks;
  Asks asks = {};
  std::optional<int> maxTurns = 10;  // unlimited without
  Delivery delivery = Delivery::Whole;
  UnknownTool unknownTool = UnknownTool::Fails;
  // How many tools work at once; without it all that were called together.
  std::optional<std::size_t> maxParallelTools = std::nullopt;
  // The API's own memory: the model is sent what is new since this response, and with `chainsResponses` from then on
  // what is new since the last one. Not with a session.
  std::string previousResponseId = {};
  bool chainsResponses = false;
  // For a run that is taken up again: what was decided on the calls that waited, and what the user has added meanwhile.
  std::vector<Decision> decisions = {};
  Items addedInput = {};
  ReasoningIds reasoningIds = ReasoningIds::Keep;
  // Whether a run that is stopped enters the history with what it has got: calls without a result are answered
  // "aborted", and an answer that was being streamed is kept as far as it came, marked incomplete.
  bool keepsPartial = false;
  // A longer history is refused: a tab or an edge worker would run out of memory.
  std::size_t maxHistoryBytes = 64 * 1024 * 1024;
  // Of a history that costs more tokens than about so many, only the newer part is used.
  std::optional<std::size_t> maxHistoryTokens = std::nullopt;
  Tracing tracing = {};
};

// A call that waits for an approval.
struct Interruption {
  std::string agent;
  std::string item;
};

// One answer of the model.
struct RunResponse {
  std::string id;
  std::string requestId;
  std::string agent;
  Usage usage;
  int turn = 0;
  std::string model = {};  // as the agent names it; empty for a model of the caller's own
  std::int64_t ms = 0;     // how long it took
};

struct RunResult {
  std::string runId;
  std::string conversationId;
  std::string finalOutput;
  // What the run added behind its input, in order; each batch knows its agent and turn. What the user added to a run
  // that was interrupted has no agent.
  std::vector<Batch> newItems;
  // Ids of the calls among them that were handoffs.
  std::vector<std::string> handoffCalls;
  std::string lastAgent;
  std::vector<RunResponse> responses;
  Usage usage;
  // The run goes on when these are decided. Empty for a run that is complete.
  std::vector<Interruption> interruptions;
  // Of an interrupted run: what it had to say to the model first, what the user added and the model has not been sent
  // yet, its last turn, and the conversation's version.
  Items input;
  Items pendingInput;
  int turn = 0;
  std::string version;
};

// One run of an agent: the loop of model calls, tool calls and handoffs, and the history around it, which is read at
// the start and written as the record says. It outlives the tasks that it gives.
class Run {
 public:
  explicit Run(RunSetup setup);

  // Runs to the end, or until calls wait for an approval; to be awaited once. Fails with Aborted after `cancel`, with
  // MaxTurnsExceeded, and with whatever model, record and the caller's functions fail with.
  Task<RunResult> result();

  // Stops the run at the next point where it waits; what it waits for is abandoned, save for writes, which reach their
  // outcome. Not from inside a tool's invoke.
  void cancel();

  // Stops the run when the turn is over that it is in.
  void cancelAfterTurn() { stopsAfterTurn_ = true; }

  RunEvents& events() { return events_; }

 private:
  enum class TurnEnd { Again, Final, Interrupted };
  enum class Speaker { Model, Tool };

  // What the current agent is in this turn.
  struct TurnParts {
    std::string instructions;
    std::vector<std::shared_ptr<Tool>> tools;
    std::vector<std::size_t> handoffs;
  };

  // What a response asks for.
  struct AskedCall {
    ToolCall call;
    std::string item;
    std::shared_ptr<Tool> tool;  // null for one that the agent has not
  };
  struct AskedHandoff {
    ToolCall call;
    std::size_t index;  // in the agent's handoffs
  };
  struct Asked {
    std::vector<AskedCall> calls;
    std::vector<AskedHandoff> handoffs;
    bool isEmpty() const { return calls.empty() && handoffs.empty(); }
  };

  struct Answered {
    ToolCall call = {};
    ToolResult result = {};
    std::string item = {};
  };

  // input.cpp
  Task<Items> prepare();
  Task<Items> shape(Beginning beginning);
  std::vector<std::string> admit(std::vector<std::string> output) const;

  // run.cpp
  const Agent& agent() const { return *setup_.agents[current_]; }
  Task<TurnEnd> drive();
  Task<TurnEnd> loop();
  Task<bool> recover(const AgentsError& error);
  void add(std::vector<std::string> items);
  Batch batchOf(const std::vector<std::string>& items) const;
  std::vector<Batch> allBatches() const;
  std::vector<Batch> batchesSince(std::size_t first) const;
  Task<> keepPartial();
  void tellUsage(std::string_view status);
  void stop(ErrorCode code, const char* why);
  Task<> hook(bool isThere, std::string_view name, std::string members = {}, Rope body = {});
  std::string agentMember() const;

  // resume.cpp
  Items takeUp(Beginning beginning);
  void findAgent();
  void startWith(const std::string& agent);
  std::vector<std::string> undecided() const;
  Task<TurnEnd> goOn();
  Task<Asked> settleOpenCalls();
  Task<> addLateInput();

  // turn.cpp
  Task<TurnEnd> turn();
  Task<TurnParts> partsOfTurn();
  Task<ModelRequest> requestOfTurn();
  Task<ModelResponse> respond(ModelRequest request);
  Task<ModelResponse> respondGuarded(ModelRequest request);
  Task<ModelResponse> respondBeside(ModelRequest request);
  Running guard(std::exception_ptr* tripped);
  Task<TurnEnd> act(Asked asked, std::size_t firstBatch);
  Task<TurnEnd> finish(std::string output, std::size_t firstBatch, Speaker speaker);
  Task<> withholdOutputs(std::size_t firstBatch);

  // asked.cpp
  Asked askedFor(const std::vector<std::string>& output);
  void ask(Asked& asked, std::string_view item, const ItemHead& head) const;

  // tool_calls.cpp
  Task<std::vector<Answered>> callTools(std::vector<AskedCall> calls);
  Task<bool> callNext(std::vector<AskedCall>* calls, std::vector<Answered>* answers, std::size_t* next);
  Task<Answered> answerAndRecord(AskedCall asked);
  Task<ToolResult> answer(AskedCall asked);
  Task<std::string> wording(std::string_view kind, ToolCall call, std::string text);
  Task<std::optional<std::string>> outputOf(const std::vector<Answered>& answers);

  // approvals.cpp
  Task<std::vector<AskedCall>> withhold(std::vector<AskedCall> calls);
  const Decision* decisionOn(const ToolCall& call) const;

  // handoffs.cpp
  Task<> handOff(std::vector<AskedHandoff> asked, std::size_t firstBatch);
  Task<> filterContext(std::size_t handoff, std::size_t firstBatch, std::size_t endBatch);
  Task<> filterAgain();

  RunSetup setup_;
  RunResult result_;
  std::size_t current_ = 0;
  TurnParts parts_;
  // Whether the agent has been told that it starts, and whether it has used a tool.
  bool hasStarted_ = false;
  bool hasUsedTool_ = false;
  // What the model is sent: the history, the input, and what was added since; with `previousResponseId` what is new.
  Items context_;
  // What it was before the batches from `contextBatches_` on were added.
  Items startContext_;
  std::size_t contextBatches_ = 0;
  // The part of the input that the history has not got yet.
  Items inputToSave_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::int64_t answerMs_ = 0;
  // Of the model's answer that is under way or was the last.
  int turn_ = 0;
  bool isBegun_ = false;
  bool isResumed_ = false;
  // The last handoff of a run that is taken up, if it is one whose filter decides what the next agent is sent.
  struct Filtered {
    std::size_t agent;
    std::size_t handoff;
    std::size_t batch;  // with the handoff's answer
  };
  std::optional<Filtered> filtered_;
  bool stopsAfterTurn_ = false;
  // What the tools of this turn have answered so far.
  std::vector<std::string> settled_;
  // Ids of calls that wait for an approval.
  std::vector<std::string> waiting_;
  RunSpans spans_;
  RunEvents events_;
  PartialAnswer partial_{&events_};
  std::optional<AgentsError> stopped_;
  Interruptible turns_;
};

}  // namespace agents
