#pragma once

#include "agents/item.h"
#include "agents/task.h"

#include <functional>
#include <string>
#include <vector>

namespace agents {

// What a run finds when it begins.
struct Beginning {
  Items history;
  // What the run had added before it broke off, oldest first, its input at turn 0; empty for a new run.
  std::vector<Batch> earlier = {};
  // Of the run that is taken up again; empty for a new one.
  std::string runId = {};
};

// How a run that is not complete ended.
enum class RunEnd { Failed, Stopped };

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

  // The run begins; the history has not got `input` yet. False when the conversation changed since `open`, which is to
  // be called again.
  virtual Task<bool> begin(Batch input) = 0;

  // A response that asks for tools, before they start, and each output as it comes.
  virtual Task<> add(Batch batch) = 0;

  // All calls of the turn have their outputs; `batches` is what it added.
  virtual Task<> endTurn(std::vector<Batch> batches) = 0;

  // The run is complete. `batches` is all that it added, with its input, in order.
  virtual Task<> commit(std::vector<Batch> batches) = 0;

  // The model is saying this. Nothing is stored; those who watch the conversation hear it.
  virtual void said(const std::string&) {}

  // The run ended without being complete. Never fails.
  virtual Task<> abandon(RunEnd how, std::string why) = 0;
};

}  // namespace agents
