#include "agents/compaction.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "fold_note.h"
#include "note_text.h"
#include "session_edit.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

namespace agents {

namespace {

struct Line {
  std::string_view item;
  std::string_view origin;
  std::string uid;
  std::int64_t place = 0;
};
using Lines = std::vector<const Line*>;

// The items of a page one by one.
class Part {
 public:
  explicit Part(const Page& page) : items_("[" + page.items.text.text() + "]"), origins_("[" + page.origins + "]") {
    auto origins = json::elements(origins_);
    for (auto item : json::elements(items_)) {
      auto origin = origins[all_.size()];
      all_.push_back({item, origin, json::stringMember(origin, "uid").value_or(""), placeFrom(origin)});
    }
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  Lines lines() const {
    Lines lines;
    for (const auto& line : all_) lines.push_back(&line);
    return lines;
  }

 private:
  std::string items_;
  std::string origins_;
  std::vector<Line> all_;
};

bool isOf(const Line& line, const std::string& runId) { return json::stringMember(line.origin, "run") == runId; }

// The history before the fold: what it found, and behind that what came since.
Lines before(const Compaction& fold, const Lines& folded, const Lines& active) {
  Lines rest;
  std::remove_copy_if(active.begin(), active.end(), std::back_inserter(rest),
                      [&](const Line* line) { return standsFor(fold, line->uid); });
  Lines lines;
  std::merge(folded.begin(), folded.end(), rest.begin(), rest.end(), std::back_inserter(lines),
             [](const Line* one, const Line* other) { return one->place < other->place; });
  return lines;
}

// A history with all that was folded of it.
class Unfolding {
 public:
  explicit Unfolding(const Page& page) : version_(page.version), folds_(foldsIn(page)), active_(page) {}

  const std::vector<Compaction>& folds() const { return folds_; }
  // The items of the next fold's shelf. False if the conversation changed since.
  bool add(const Page& shelf) {
    shelves_.push_back(std::make_unique<Part>(shelf));
    return shelf.version == version_;
  }

  // The history with only the oldest folds, so many of them.
  Lines with(std::size_t folds) const {
    auto lines = active_.lines();
    for (auto i = folds_.size(); i-- > folds;) lines = before(folds_[i], shelves_[i]->lines(), lines);
    return lines;
  }

  Lines seenBy(const std::string& runId) const {
    auto whole = with(0);
    auto ofRun = [&](const Line* line) { return isOf(*line, runId); };
    auto first = std::find_if(whole.begin(), whole.end(), ofRun);
    if (first == whole.end())
      throw AgentsError(ErrorCode::SessionNotFound, "The conversation has no items of this run.");
    std::size_t seen = 0;
    while (seen < folds_.size() && isSeen(folds_[seen], whole, first, runId)) ++seen;
    auto lines = with(seen);
    while (!lines.empty() && !ofRun(lines.back())) lines.pop_back();
    return lines;
  }

  Page page(const Lines& lines) const {
    Page page;
    page.version = version_;
    page.items.count = lines.size();
    std::string text;
    for (const auto* line : lines) {
      if (!text.empty()) {
        text += ',';
        page.origins += ',';
      }
      text += line->item;
      page.origins += line->origin;
    }
    page.items.text = Rope(std::move(text));
    return page;
  }

 private:
  // Whether a run began behind the fold, the first of its items being where it is in the whole history.
  static bool isSeen(const Compaction& fold, const Lines& whole, Lines::const_iterator first,
                     const std::string& runId) {
    auto open = noteTexts(fold.note, "runs");
    if (std::find(open.begin(), open.end(), runId) != open.end()) return false;
    auto newest = json::stringMember(fold.note, "lastUid").value_or("");
    auto last = std::find_if(whole.begin(), whole.end(), [&](const Line* line) { return line->uid == newest; });
    if (last != whole.end()) return last < first;
    // It was deleted since.
    return json::stringMember((*first)->origin, "at").value_or("") > fold.createdAt;
  }

  std::string version_;
  std::vector<Compaction> folds_;
  Part active_;
  std::vector<std::unique_ptr<Part>> shelves_;
};

Task<std::unique_ptr<Unfolding>> readFolds(StoreSession* session, std::string conversationId) {
  for (;;) {
    auto page = co_await readTail(session, conversationId, std::nullopt, "");
    auto unfolding = std::make_unique<Unfolding>(page);
    bool isOneState = true;
    for (const auto& fold : unfolding->folds()) {
      ReadQuery query{conversationId, std::string(FoldPrefix) + fold.id};
      query.detail = ReadQuery::Detail::Origins;
      page = co_await session->read(std::move(query));
      isOneState = unfolding->add(page) && isOneState;
    }
    if (isOneState) co_return unfolding;
  }
}

}  // namespace

Task<Page> loadUnfolded(std::shared_ptr<StoreSession> session, std::string conversationId) {
  auto unfolding = co_await readFolds(session.get(), std::move(conversationId));
  co_return unfolding->page(unfolding->with(0));
}

Task<Page> loadAsSeenBy(std::shared_ptr<StoreSession> session, std::string conversationId, std::string runId) {
  auto unfolding = co_await readFolds(session.get(), std::move(conversationId));
  co_return unfolding->page(unfolding->seenBy(runId));
}

}  // namespace agents
