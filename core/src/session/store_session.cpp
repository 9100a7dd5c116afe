#include "agents/random.h"
#include "agents/session.h"
#include "weight.h"
#include "window.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace agents {

namespace {

constexpr std::size_t AllItems = std::numeric_limits<std::size_t>::max();

// More items than a model says in one go.
constexpr std::size_t LongestAnswer = 64;

using Kind = SessionObserver::Kind;

// What a change means to someone who watches the conversation: the farthest-reaching of its edits.
class Meaning {
 public:
  void operator()(const edit::Append& append) { atLeast(append.shelf.empty() ? Kind::Items : Kind::Runs); }
  void operator()(const edit::Note&) { atLeast(Kind::Runs); }
  void operator()(const edit::Discard&) { atLeast(Kind::Runs); }
  void operator()(const edit::Describe&) { atLeast(Kind::Description); }
  void operator()(const edit::Delete&) { kind = Kind::Deleted; }
  void operator()(const edit::Hold&) {}
  void operator()(const edit::Release&) {}
  template <typename ChangesItems>
  void operator()(const ChangesItems&) {
    kind = Kind::Items;
  }

  std::optional<Kind> kind;

 private:
  void atLeast(Kind other) {
    if (!kind || other == Kind::Items) kind = other;
  }
};

std::optional<Kind> kindOf(const std::vector<Edit>& edits) {
  Meaning meaning;
  for (const auto& edit : edits) std::visit(meaning, edit);
  return meaning.kind;
}

class Stopwatch {
 public:
  double ms() const { return std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

// The changes of a run hold the lease or take it.
bool isOfRun(const Change& change) {
  return change.heldBy || std::any_of(change.edits.begin(), change.edits.end(),
                                      [](const Edit& edit) { return std::holds_alternative<edit::Hold>(edit); });
}

bool removesAll(const std::vector<Edit>& edits) {
  return std::any_of(edits.begin(), edits.end(), [](const Edit& edit) {
    return std::holds_alternative<edit::Clear>(edit) || std::holds_alternative<edit::Delete>(edit);
  });
}

}  // namespace

Task<Page> StoreSession::load(std::string conversationId, LoadOptions options) {
  ReadQuery query{conversationId};
  query.detail = options.detail;
  query.shelves = std::move(options.shelves);
  query.before = std::move(options.before);
  query.since = std::move(options.since);
  // One more than asked for shows what the cut falls between.
  if (options.maxItems && *options.maxItems < AllItems) query.newest = *options.maxItems + 1;
  auto page = co_await read(query);
  if (!query.newest || page.items.count < *query.newest) co_return page;
  Window window(page);
  Page earlier;
  if (window.cutsAnswer() && page.older) {
    ReadQuery back{std::move(conversationId), "", LongestAnswer, page.older};
    earlier = co_await read(std::move(back));
  }
  window.cut(page, earlier.items);
  co_return page;
}

Task<> StoreSession::save(std::string conversationId, std::vector<Batch> batches, std::string opId) {
  Change change{std::move(opId)};
  for (auto& batch : batches) {
    if (batch.items.count > 0) change.edits.push_back(edit::Append{std::move(batch)});
  }
  if (change.edits.empty()) co_return;
  co_await apply(std::move(conversationId), std::move(change));
}

Task<Page> StoreSession::read(ReadQuery query) {
  Stopwatch watch;
  auto id = query.conversationId;
  auto page = co_await parts_.store->read(std::move(query));
  watchOver({Slowness::Work::Load, id, page.items.count, page.items.text.size(), watch.ms()});
  co_return page;
}

Task<Applied> StoreSession::apply(std::string conversationId, Change change) {
  auto kind = kindOf(change.edits);
  bool ends = removesAll(change.edits);
  bool ofRun = isOfRun(change);
  auto [items, bytes] = weightOf(change.edits);
  Stopwatch watch;
  auto applied = co_await parts_.store->apply(conversationId, std::move(change));
  watchOver({Slowness::Work::Save, conversationId, items, bytes, watch.ms()});
  if (kind && !ofRun) parts_.writers->wholeHistories.forget(conversationId);
  if (ends) parts_.writers->evict(conversationId);
  if (kind && parts_.observer) parts_.observer->changed(conversationId, *kind, applied.version);
  co_return applied;
}

Task<ConversationPage> StoreSession::list(ListQuery query) { return parts_.store->list(std::move(query)); }

void StoreSession::watchOver(const Slowness& slowness) const {
  if (parts_.observer && slowness.ms >= parts_.slowMs) parts_.observer->slow(slowness);
}

Task<> StoreSession::close() { return parts_.store->close(); }

}  // namespace agents
