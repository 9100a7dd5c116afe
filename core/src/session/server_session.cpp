#include "agents/conversations.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/retry.h"
#include "partners.h"
#include "server_tail.h"
#include "session_edit.h"
#include "window.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

// Among so many of the newest items it is looked for what a conversation lacks.
constexpr std::size_t TailSize = 100;
constexpr std::size_t FirstPop = 64;
// More items than a model says in one go.
constexpr std::size_t LongestAnswer = 64;

[[noreturn]] void busy() {
  throw AgentsError(ErrorCode::ConversationBusy, "Another tab did not end in time to create the conversation.");
}

bool isServerId(std::string_view conversationId) { return conversationId.starts_with("conv_"); }

void addNote(std::vector<Edit>& edits, const ServerPlace& place) {
  edits.push_back(edit::Note{std::string(ServerShelf), noteText(place)});
}

std::vector<Edit> noteEdits(const ServerPlace& place) {
  std::vector<Edit> edits;
  addNote(edits, place);
  return edits;
}

Page pageOf(const ItemTexts& texts) {
  Page page;
  page.items = itemsOf(texts);
  for (const auto& text : texts) {
    (page.origins += page.origins.empty() ? "" : ",") += "{\"uid\":" + json::quote(idOf(text)) + "}";
  }
  return page;
}

// How many items are looked at first, and how many if that does not show what may be cut.
std::optional<std::size_t> countFor(std::optional<std::size_t> maxItems, std::optional<std::size_t> before) {
  // What belongs together lies together: few pops need to read more.
  if (!maxItems) return before ? *before * 8 : FirstPop;
  // One more than asked for shows what the cut falls between.
  return *maxItems + (before ? LongestAnswer : 1);
}

// Sets `page` to the newest `maxItems` of them, without what would be broken by the cut. False if more is needed to
// know.
bool cutToLimit(const ItemTexts& texts, std::size_t maxItems, bool isAll, Page* page) {
  if (texts.size() <= maxItems) {
    *page = pageOf(texts);
    return true;
  }
  auto first = texts.end() - static_cast<std::ptrdiff_t>(maxItems) - 1;
  *page = pageOf({first, texts.end()});
  Window window(*page);
  ItemTexts earlier(texts.begin(), first);
  if (window.cutsAnswer() && earlier.empty() && !isAll) return false;
  window.cut(*page, itemsOf(earlier));
  return true;
}

// Sets `page` to the newest item with what goes with it. False if more is needed to know.
bool cutToNewest(const ItemTexts& texts, bool isAll, Page* page) {
  *page = pageOf(texts);
  Partners partners(*page);
  std::vector<bool> gone(texts.size());
  if (!gone.empty()) gone.back() = true;
  gone = partners.with(std::move(gone));
  if (!isAll && !partners.reachBack(gone)) return false;
  keepOnly(*page, gone);
  return true;
}

ItemTexts idsFromEnd(const Items& items) {
  ItemTexts ids;
  for (const auto& text : textsOf(items)) ids.push_back(idOf(text));
  std::reverse(ids.begin(), ids.end());
  return ids;
}

// Only what stands for the server's items goes where the store has a history of its own under the same id. A run of
// any tab loses its right to write.
Change forgetting(ServerSession::Forget what, const Page& local, const std::vector<OpenRun>& runs) {
  Change change{randomId()};
  if (what == ServerSession::Forget::Conversation && local.items.count == 0) {
    change.edits.push_back(edit::Delete{});
    return change;
  }
  for (const auto& run : runs) change.edits.push_back(edit::Discard{journalOf(run.runId)});
  addNote(change.edits, {});
  if (local.lease) change.edits.push_back(edit::Release{local.lease->holder});
  return change;
}

std::string madeIn(std::string_view body) {
  auto id = idOf(body);
  if (id.empty()) throw AgentsError(ErrorCode::ModelBehavior, "The server's answer is no conversation.");
  return id;
}

// What the server is to get so that the conversation is whole.
ItemTexts lackingIn(const ItemTexts& tail, const ServerPlace& place, const std::vector<Batch>& known,
                    ServerSession::Unsent unsent) {
  auto lacking = missingOutputs(tail, known);
  if (unsent == ServerSession::Unsent::Dropped) return lacking;
  ItemTexts said;
  for (auto& item : sanitised(unsentOf(known))) {
    if (!headOf(item).isOutput()) said.push_back(std::move(item));
  }
  bool isThere = said.empty() || placeOf(tail, behind(tail, place.last).value_or(0), said);
  if (isThere) return lacking;
  for (auto& item : said) lacking.push_back(std::move(item));
  return lacking;
}

const OpenRun* idleRun(const std::vector<OpenRun>& runs, const std::string& runId) {
  for (const auto& run : runs) {
    if (run.runId == runId && run.state != OpenRun::State::Running) return &run;
  }
  return nullptr;
}

}  // namespace

// A note without an id says that the conversation was cleared.
ServerPlace placeIn(const Page& page, const std::string& conversationId) {
  if (page.shelves.empty()) return {isServerId(conversationId) ? conversationId : std::string(), {}, {}};
  const auto& note = page.shelves.front().note;
  auto member = [&](std::string_view key) { return json::stringMember(note, key).value_or(""); };
  return {member("id"), member("lastAgent"), member("last")};
}

std::string noteText(const ServerPlace& place) {
  return "{\"id\":" + json::quote(place.id) + ",\"lastAgent\":" + json::quote(place.lastAgent) +
         ",\"last\":" + json::quote(place.last) + "}";
}

Task<Page> ServerSession::readNote(std::string conversationId) {
  ReadQuery query{std::move(conversationId), "", 1};
  query.shelves = std::string(ServerShelf);
  return ids_->read(std::move(query));
}

Task<> ServerSession::findOrCreate(std::string conversationId, ServerPlace* place) {
  const auto& parts = ids_->parts();
  std::unique_ptr<Writers::Place> line;
  std::unique_ptr<Lock> lock;
  PlannedChange change(ids_.get(), conversationId);
  auto key = "create:" + conversationId;
  std::string made;
  for (bool isKnown = false; !isKnown;) {
    auto page = co_await readNote(conversationId);
    *place = placeIn(page, conversationId);
    if (!place->id.empty()) break;
    // One at a time, here and among all who share the locks. Where there are none, the first note counts.
    if (!line) {
      line = parts.writers->enter(key);
      bool isFirst = co_await line->atHead(api_.timer(), api_.patience());
      if (isFirst && parts.locks) {
        lock = co_await parts.locks->take(key, api_.patience());
        isFirst = lock != nullptr;
      }
      if (!isFirst) busy();
      continue;
    }
    if (made.empty()) {
      auto body = co_await api_.create();
      made = madeIn(body);
    }
    place->id = made;
    isKnown = co_await change.apply(std::move(page.version), noteEdits(*place));
    if (isKnown) made.clear();
  }
  if (!made.empty()) co_await api_.remove(made);
}

Task<Page> ServerSession::window(std::string conversationId, std::optional<std::size_t> maxItems, Cut cut) {
  auto note = co_await readNote(conversationId);
  auto place = placeIn(note, conversationId);
  Page page;
  std::optional<std::size_t> count;
  for (bool isCut = place.id.empty() || maxItems == 0; !isCut;) {
    if (maxItems || cut == Cut::Pop) count = countFor(maxItems, count);
    auto texts = co_await api_.items(place.id, count, Conversations::Detail::Whole);
    bool isAll = !count || texts.size() < *count;
    auto limit = maxItems.value_or(texts.size());
    isCut = cut == Cut::Pop ? cutToNewest(texts, isAll, &page) : cutToLimit(texts, limit, isAll, &page);
  }
  if (cut == Cut::Pop) co_await api_.removeItems(place.id, idsFromEnd(page.items));
  co_return page;
}

Task<> ServerSession::save(std::string conversationId, Items items) {
  auto texts = sanitised(items);
  if (texts.empty()) co_return;
  ServerPlace place;
  co_await findOrCreate(std::move(conversationId), &place);
  auto newest = co_await api_.items(place.id, 1);
  co_await api_.add(std::move(place.id), std::move(texts), lastIdOf(newest));
}

Task<> ServerSession::remove(std::string conversationId, Forget what) {
  auto note = co_await readNote(conversationId);
  auto place = placeIn(note, conversationId);
  if (!place.id.empty()) co_await api_.remove(place.id);
  auto runs = co_await ids_->openRuns(conversationId);
  co_await ids_->apply(conversationId, forgetting(what, note, runs));
  ids_->parts().writers->evict(conversationId);
}

Task<> ServerSession::endRun(std::string conversationId, std::string runId, Unsent unsent) {
  auto runs = co_await ids_->openRuns(conversationId);
  if (const auto* run = idleRun(runs, runId)) {
    auto note = co_await readNote(conversationId);
    auto place = placeIn(note, conversationId);
    if (!place.id.empty()) co_await settle(std::move(place), run->batches, unsent);
  }
  co_await ids_->discardRun(std::move(conversationId), std::move(runId));
}

// While a request that broke off is still being answered, the conversation is locked: what it lacks is looked up anew.
Task<> ServerSession::settle(ServerPlace place, std::vector<Batch> known, Unsent unsent) {
  auto api = api_.impatient();
  for (double waited = 0;;) {
    co_await api_.unlocked(place.id);
    auto tail = co_await api.items(place.id, TailSize);
    auto lacking = lackingIn(tail, place, known, unsent);
    if (lacking.empty()) co_return;
    double delay = 0;
    try {
      co_await api.add(place.id, std::move(lacking), lastIdOf(tail));
      co_return;
    } catch (const AgentsError& error) {
      if (!judged(error).isLocked || waited >= api_.patience()) throw;
      delay = lockDelay(waited, api_.patience());
    }
    co_await api.timer()->sleep(delay);
    waited += delay;
  }
}

}  // namespace agents
