#include "fold_note.h"

#include "agents/json_text.h"
#include "branch_note.h"
#include "note_text.h"

#include <utility>

namespace agents {

namespace {

// The compactions that belong to a branch which is not the active one.
std::vector<std::string> hiddenIn(const Page& page) {
  std::vector<std::string> hidden;
  for (const auto& shelf : page.shelves) {
    if (!shelf.name.starts_with(BranchPrefix)) continue;
    for (auto& fold : branchNoteFrom(shelf.note).folds) hidden.push_back(std::move(fold));
  }
  return hidden;
}

}  // namespace

std::vector<std::string> pinnedIn(const Page& page) {
  for (const auto& shelf : page.shelves) {
    if (shelf.name == PinShelf) return noteTexts(objectOf(shelf.note), "uids");
  }
  return {};
}

std::string pinNote(const std::vector<std::string>& uids) {
  std::string note = R"({"kind":"pins")";
  addList(note, "uids", uids);
  return note + '}';
}

std::vector<Compaction> allFoldsIn(const Page& page) {
  std::vector<Compaction> folds;
  for (const auto& shelf : page.shelves) {
    if (!shelf.name.starts_with(FoldPrefix)) continue;
    folds.push_back({shelf.name.substr(FoldPrefix.size()), shelf.createdAt, objectOf(shelf.note)});
  }
  return folds;
}

std::vector<Compaction> foldsIn(const Page& page) {
  auto folds = allFoldsIn(page);
  for (const auto& id : hiddenIn(page)) {
    std::erase_if(folds, [&](const Compaction& fold) { return fold.id == id; });
  }
  return folds;
}

std::string foldNote(const CompactionSetup& setup, const CompactionOutcome& outcome, const FoldItems& items,
                     const Page& page) {
  auto note = std::string(R"({"kind":"fold","strategy":)") +
              (setup.strategy == Strategy::Compact ? R"("compact")" : R"("summary")");
  note += ",\"model\":" + json::quote(setup.model) + ",\"folded\":" + std::to_string(outcome.folded);
  note += ",\"tokensBefore\":" + std::to_string(outcome.tokensBefore);
  note += ",\"tokensAfter\":" + std::to_string(outcome.tokensAfter);
  note += ",\"usage\":" + usageJson(outcome.usage);
  note += ",\"lastUid\":" + json::quote(items[items.size() - 1].uid);
  std::vector<std::string> runs;
  for (const auto& shelf : page.shelves) {
    if (shelf.name.starts_with(JournalPrefix)) runs.push_back(shelf.name.substr(JournalPrefix.size()));
  }
  addList(note, "runs", runs);
  return note + '}';
}

bool standsFor(const Compaction& fold, std::string_view uid) {
  return uid.starts_with(fold.id) && uid.substr(fold.id.size()).starts_with('.');
}

}  // namespace agents
