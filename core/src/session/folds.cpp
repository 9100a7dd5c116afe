#include "agents/compaction.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "fold_note.h"
#include "session_edit.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

std::vector<std::string> uidsIn(const Page& page) {
  auto array = "[" + page.origins + "]";
  std::vector<std::string> uids;
  for (auto origin : json::elements(array)) uids.push_back(json::stringMember(origin, "uid").value_or(""));
  return uids;
}

std::vector<Edit> editsToUndo(const Compaction& fold, const Page& page) {
  edit::Remove remove;
  for (auto& uid : uidsIn(page)) {
    if (standsFor(fold, uid)) remove.uids.push_back(std::move(uid));
  }
  std::vector<Edit> edits;
  edits.push_back(std::move(remove));
  edits.push_back(edit::Restore{std::string(FoldPrefix) + fold.id, true});
  return edits;
}

std::vector<Edit> editsToPin(const Page& page, const std::string& uid, Pin pin) {
  auto present = uidsIn(page);
  if (pin == Pin::Set && std::find(present.begin(), present.end(), uid) == present.end()) {
    throw AgentsError(ErrorCode::SessionNotFound, "The conversation has no item of this uid.");
  }
  auto pinned = pinnedIn(page);
  std::erase(pinned, uid);
  if (pin == Pin::Set) pinned.push_back(uid);
  std::vector<Edit> edits;
  if (pinned.empty()) {
    edits.push_back(edit::Discard{std::string(PinShelf)});
  } else {
    edits.push_back(edit::Note{std::string(PinShelf), pinNote(pinned)});
  }
  return edits;
}

}  // namespace

Task<std::vector<Compaction>> undoCompaction(std::shared_ptr<StoreSession> session, std::string conversationId) {
  PlannedChange change(session.get(), conversationId);
  for (;;) {
    auto page = co_await readTail(session.get(), conversationId, std::nullopt, "");
    auto folds = foldsIn(page);
    // All but the newest.
    if (!folds.empty()) folds.erase(folds.begin(), folds.end() - 1);
    bool done = folds.empty() || co_await change.apply(page.version, editsToUndo(folds[0], page));
    if (done) co_return folds;
  }
}

Task<std::vector<Compaction>> compactionsOf(std::shared_ptr<StoreSession> session, std::string conversationId) {
  auto page = co_await readTail(session.get(), std::move(conversationId), 0, "");
  co_return foldsIn(page);
}

Task<> pinItem(std::shared_ptr<StoreSession> session, std::string conversationId, std::string uid, Pin pin) {
  PlannedChange change(session.get(), conversationId);
  for (bool done = false; !done;) {
    auto page = co_await readTail(session.get(), conversationId, std::nullopt, std::string(PinShelf));
    done = co_await change.apply(page.version, editsToPin(page, uid, pin));
  }
}

}  // namespace agents
