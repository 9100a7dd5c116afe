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

// The edits that make a run part of the history: `batches`, and its journal ends.
std::vector<Edit> commitEdits(std::string_view runId, std::vector<Batch> batches);

}  // namespace agents
