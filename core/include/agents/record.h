#pragma once

#include "agents/item.h"
#include "agents/task.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// What a run finds when it begins.
struct Beginning {
  Items history;
  // What the run had added before it broke off, oldest first, its input at turn 0; empty for a new run.
  std::vector<Batch> earlier = {};
  // Of the run that is taken up again; empty for a new one.
  std::string runId = {};
  // Whether `history` has `earlier` too.
  bool hasEarlier = false;
  // Ids of the calls in `earlier` that waited for an approval: they were never started.
  std::vector<std::string> waiting = {};
  // Who said the last item of the history that an agent said. Only if it was asked for.
  std::string lastAgent = {};
  // The history is known to be as a provider takes it.
  bool isWhole = false;
  // The run has left out the older part of it.
  bool isPart = false;
  // What runs had got that broke off and are forgotten here, of a record that keeps no history.
  std::vector<Batch> settled = {};
};

// How a run that is not complete ended.
struct RunEnd {
  enum class How { Failed, Stopped, AwaitingApproval } how = How::Failed;
  // The error's code, of a run that failed.
  std::string why = {};
  // The last one.
  std::string agent = {};
  // As in Beginning.
  std::vector<std::string> waiting = {};
};

// What runs cost lies there, one item for each of them.
inline constexpr std::string_view UsageShelf = "usage";

// How a session remembers one run: when it reads, what it writes at which point, and what is left of a run that does
// not come to its end. The run calls it in the order of the functions.
class RunRecord {
 public:
  virtual ~RunRecord() = default;

  // Set by the run: called when its conversation is cleared or deleted while it is under way.
  std::function<void()> onEvicted;

  // Waits until this run may write, then reads. Fails with ConversationBusy, NotFound, RunSuperseded and as the session
  // fails.
  virtual Task<Beginning> open() = 0;

  // Whether the server keeps the history: a model is sent only what is new.
  virtual bool isOnServer() const { return false; }

  // The history that was read is as a provider takes it, and so is what the run adds.
  virtual void historyIsWhole() {}

  // The run begins; the history has not got `input` yet, and the calls in `waiting` still wait for an approval. False
  // when the conversation changed since `open`, which is to be called again.
  virtual Task<bool> begin(Batch input, std::vector<std::string> waiting) = 0;

  // A response that asks for tools, before they start, and each output as it comes.
  virtual Task<> add(Batch batch) = 0;

  // Of what the run has added, this is left: something that a guardrail withheld is not to be kept.
  virtual Task<> replace(std::vector<Batch> batches) = 0;

  // All calls of the turn have their outputs, save those that wait for an approval; `batches` is what it added.
  virtual Task<> endTurn(std::vector<Batch> batches) = 0;

  // Before `commit`: what no model was sent of all that the run added, nor has said itself.
  virtual void notSent(const Items&) {}

  // Before `commit` and `abandon`: what the run cost, an item of the shelf UsageShelf; empty if no model answered it.
  virtual void used(std::string) {}

  // The run is complete. `batches` is all that it added, with its input, in order.
  virtual Task<> commit(std::vector<Batch> batches) = 0;

  // The model is saying this. Nothing is stored; those who watch the conversation hear it.
  virtual void said(const std::string&) {}

  // The run ended without being complete. Never fails.
  virtual Task<> abandon(RunEnd end) = 0;

  // Stands for the state of the conversation behind the run's last write; empty where there is no such thing.
  virtual std::string version() const { return {}; }
};

}  // namespace agents
