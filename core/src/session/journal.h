#pragma once

#include "agents/open_run.h"
#include "agents/session.h"

#include <string>
#include <vector>

namespace agents {

// The items of a page as batches; the page was read with Detail::Origins.
std::vector<Batch> batchesOf(const Page& page);

// The open runs that a page tells of, the oldest first, without their items. The page was read with JournalPrefix.
// Whether one is running shows the lease, and for one that others may have let go of, the lock.
Task<std::vector<OpenRun>> openRunsIn(const Page* page, const SessionParts* parts, std::string conversationId);

// Fails with ConversationBusy while a run has the conversation.
Task<> checkIdle(StoreSession* session, std::string conversationId);

// What the run has got.
Task<std::vector<Batch>> readJournal(StoreSession* session, std::string conversationId, std::string runId);

// What stays of a run at rest when a newer one begins: nothing if it asked for no tools, since then it did nothing.
std::vector<Batch> settled(std::vector<Batch> batches);

// Ends the runs at rest as a newer run does. True if there were none, so that nothing changed. Fails with
// ConversationBusy while a run has the conversation or awaits an approval.
Task<bool> settleRuns(StoreSession* session, std::string conversationId);

// The edits that make a run part of the history: `batches`, and its journal ends.
std::vector<Edit> commitEdits(std::string_view runId, std::vector<Batch> batches);

}  // namespace agents
