#include "fold_note.h"

#include "agents/json_text.h"

#include <utility>

namespace agents {

namespace {

void addList(std::string& note, std::string_view key, const std::vector<std::string>& texts) {
  ((note += ",\"") += key) += "\":[";
  const char* comma = "";
  for (const auto& text : texts) (note += std::exchange(comma, ",")) += json::quote(text);
  note += ']';
}

// What others wrote may be no JSON at all.
std::string objectOf(std::string_view note) {
  auto text = json::compact(note).value_or("");
  return json::isObject(text) ? text : "{}";
}

}  // namespace

std::vector<std::string> noteTexts(std::string_view note, std::string_view key) {
  std::vector<std::string> texts;
  auto list = json::member(note, key).value_or("");
  if (!json::isArray(list)) return texts;
  for (auto text : json::elements(list)) texts.push_back(json::unquote(text));
  return texts;
}

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

std::vector<Compaction> foldsIn(const Page& page) {
  std::vector<Compaction> folds;
  for (const auto& shelf : page.shelves) {
    if (!shelf.name.starts_with(FoldPrefix)) continue;
    folds.push_back({shelf.name.substr(FoldPrefix.size()), shelf.createdAt, objectOf(shelf.note)});
  }
  return folds;
}

std::string foldNote(const CompactionSetup& setup, const CompactionOutcome& outcome, const FoldItems& items,
                     const FoldPlan& plan, const Page& page) {
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
  std::vector<std::string> region;
  for (std::size_t i = 0; i < plan.border; ++i) region.push_back(items[i].uid);
  addList(note, "region", region);
  return note + '}';
}

bool standsFor(const Compaction& fold, std::string_view uid) {
  return uid.starts_with(fold.id) && uid.substr(fold.id.size()).starts_with('.');
}

}  // namespace agents
