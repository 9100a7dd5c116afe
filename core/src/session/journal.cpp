#include "journal.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "session_edit.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace agents {

namespace {

using State = OpenRun::State;

constexpr std::string_view Aborted = "aborted";

Origin originFrom(std::string_view object) {
  auto member = [&](std::string_view key) { return json::stringMember(object, key).value_or(""); };
  Origin origin{member("agent"), member("run"), std::nullopt};
  auto turn = json::member(object, "turn").value_or("");
  int number = 0;
  if (std::from_chars(turn.data(), turn.data() + turn.size(), number).ec == std::errc()) origin.turn = number;
  return origin;
}

// Whether the one who holds the lease is at work, `page` being what the store says of it.
Task<bool> holderLives(const Page* page, const SessionParts* parts, std::string conversationId) {
  if (page->lease->msLeft > 0 || parts->writers->isBusy(conversationId)) co_return true;
  if (!parts->locks) co_return false;
  co_return co_await parts->locks->isTaken(std::move(conversationId));
}

// The open run of that name, which nobody is running.
Task<OpenRun> idleRun(StoreSession* session, const Page* page, std::string conversationId, std::string runId) {
  auto runs = co_await openRunsIn(page, &session->parts(), std::move(conversationId));
  auto found = std::find_if(runs.begin(), runs.end(), [&](const OpenRun& run) { return run.runId == runId; });
  if (found == runs.end()) {
    throw AgentsError(ErrorCode::RunSuperseded,
                      "There is no open run of this id: it was committed, discarded or settled by a newer run.");
  }
  if (found->state == State::Running) {
    throw AgentsError(ErrorCode::ConversationBusy, "The run is still running. Stop it first.");
  }
  co_return std::move(*found);
}

// `page` is what the store says of it.
Task<> checkIdle(const Page* page, const SessionParts* parts, std::string conversationId) {
  if (!page->lease) co_return;
  bool lives = co_await holderLives(page, parts, std::move(conversationId));
  if (lives) throw AgentsError(ErrorCode::ConversationBusy, "A run has the conversation. Stop it first.");
}

AgentsError awaiting() {
  return {ErrorCode::ConversationBusy,
          "A run of the conversation awaits an approval. Answer or discard it before you go to another branch."};
}

Task<Page> readRuns(StoreSession* session, std::string conversationId) {
  ReadQuery query{std::move(conversationId), "", 0};
  query.shelves = std::string(JournalPrefix);
  co_return co_await session->read(std::move(query));
}

}  // namespace

std::vector<Batch> batchesOf(const Page& page) {
  auto text = "[" + page.origins + "]";
  std::vector<Origin> origins;
  for (auto object : json::elements(text)) origins.push_back(originFrom(object));
  if (origins.empty()) return {};
  return batchesOf(page.items, origins);
}

Task<std::vector<OpenRun>> openRunsIn(const Page* page, const SessionParts* parts, std::string conversationId) {
  std::vector<OpenRun> runs;
  for (const auto& shelf : page->shelves) {
    auto note = noteFrom(shelf.note);
    OpenRun run{shelf.name.substr(JournalPrefix.size()),
                note.state,
                note.agent,
                note.error,
                shelf.createdAt,
                std::move(note.waiting)};
    if (run.state == State::Running) {
      bool holds = page->lease && page->lease->holder == note.holder;
      bool lives = holds && co_await holderLives(page, parts, conversationId);
      if (!lives) run.state = State::Crashed;
    }
    runs.push_back(std::move(run));
  }
  co_return runs;
}

Task<> checkIdle(StoreSession* session, std::string conversationId) {
  auto page = co_await readRuns(session, conversationId);
  co_await checkIdle(&page, &session->parts(), std::move(conversationId));
}

std::vector<Batch> settled(std::vector<Batch> batches) {
  return askedForTools(batches) ? completed(std::move(batches), Aborted) : std::vector<Batch>();
}

Task<bool> settleRuns(StoreSession* session, std::string conversationId) {
  PlannedChange change(session, conversationId);
  auto page = co_await readRuns(session, conversationId);
  co_await checkIdle(&page, &session->parts(), conversationId);
  auto runs = co_await openRunsIn(&page, &session->parts(), conversationId);
  if (runs.empty()) co_return true;
  std::vector<Edit> edits;
  for (const auto& run : runs) {
    if (run.state == State::AwaitingApproval) throw awaiting();
    auto batches = co_await readJournal(session, conversationId, run.runId);
    for (auto& edit : commitEdits(run.runId, settled(std::move(batches)))) edits.push_back(std::move(edit));
  }
  co_await change.apply(page.version, std::move(edits));
  co_return false;
}

Task<std::vector<Batch>> readJournal(StoreSession* session, std::string conversationId, std::string runId) {
  ReadQuery query{std::move(conversationId), journalOf(runId)};
  query.detail = ReadQuery::Detail::Origins;
  auto page = co_await session->read(std::move(query));
  co_return batchesOf(page);
}

std::vector<Edit> commitEdits(std::string_view runId, std::vector<Batch> batches) {
  std::vector<Edit> edits;
  for (auto& batch : batches) {
    if (batch.items.count > 0) edits.push_back(edit::Append{std::move(batch)});
  }
  edits.push_back(edit::Discard{journalOf(runId)});
  return edits;
}

Task<std::vector<OpenRun>> StoreSession::openRuns(std::string conversationId) {
  auto page = co_await readRuns(this, conversationId);
  auto runs = co_await openRunsIn(&page, &parts_, conversationId);
  for (auto& run : runs) run.batches = co_await readJournal(this, conversationId, run.runId);
  co_return runs;
}

Task<> StoreSession::discardRun(std::string conversationId, std::string runId) {
  auto page = co_await readRuns(this, conversationId);
  auto run = co_await idleRun(this, &page, conversationId, std::move(runId));
  Change change{randomId(), page.version};
  change.edits.push_back(edit::Discard{journalOf(run.runId)});
  co_await apply(std::move(conversationId), std::move(change));
}

Task<> StoreSession::commitRun(std::string conversationId, std::string runId) {
  auto page = co_await readRuns(this, conversationId);
  auto run = co_await idleRun(this, &page, conversationId, std::move(runId));
  auto batches = co_await readJournal(this, conversationId, run.runId);
  Change change{randomId(), page.version};
  change.edits = commitEdits(run.runId, completed(std::move(batches), Aborted));
  co_await apply(std::move(conversationId), std::move(change));
}

}  // namespace agents
