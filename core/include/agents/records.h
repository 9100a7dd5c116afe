#pragma once

#include "agents/record.h"
#include "agents/session.h"
#include "agents/tracer.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agents {

// Run: the history changes once, when the run is complete. PerTurn: it grows from turn to turn, as in the SDK for
// Python.
enum class Persistence { Run, PerTurn };

// How a run uses its session.
struct RecordSetup {
  std::string conversationId;
  std::string runId;
  std::string agent;
  std::optional<std::size_t> maxItems = std::nullopt;
  Persistence persistence = Persistence::Run;
  // How long to wait for other runs of the conversation, in ms.
  double busyTimeout = 0;
  // Goes on with this open run, or with the newest one for an empty id, instead of beginning a new one.
  std::optional<std::string> resume = std::nullopt;
  // What a run has got that is taken up from its state rather than from a journal, as in Beginning, and the version of
  // the conversation that it left.
  std::vector<Batch> earlier = {};
  std::vector<std::string> waiting = {};
  std::optional<std::string> expectVersion = std::nullopt;
  // Whether the run wants to know who spoke last.
  bool asksLastAgent = false;
  // When given, the history is kept elsewhere: the store has the journal only, and from the commit on this text as the
  // note of the shelf ServerShelf. Only with Persistence::Run.
  std::shared_ptr<const std::string> serverNote = nullptr;
  Tracing tracing = {};
};

// Says where the history is that is kept elsewhere.
inline constexpr std::string_view ServerShelf = "server";

// How many batches of `Run::allBatches` a run had saved that grew turn by turn: its input is one of them.
std::size_t savedOf(const std::vector<Batch>& earlier);

// On a store of ours. With Persistence::Run, what the run adds lies in a journal beside the history until it is
// complete; open runs that nobody is running are settled by the next one: one that failed before any tool may have
// started is forgotten, others become part of the history.
std::unique_ptr<RunRecord> makeStoreRecord(std::shared_ptr<StoreSession> session, RecordSetup setup);

// On any session that can load and save. It has no place for a journal and knows no other writers.
std::unique_ptr<RunRecord> makeSessionRecord(std::shared_ptr<Session> session, RecordSetup setup);

// Without a session.
std::unique_ptr<RunRecord> makeNoRecord(RecordSetup setup);

}  // namespace agents
