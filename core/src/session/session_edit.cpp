#include "session_edit.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/session.h"
#include "branch_edits.h"
#include "partners.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace agents {

namespace {

// What belongs together lies together: few edits need to read more.
constexpr std::size_t FirstTail = 64;
constexpr std::size_t Growth = 8;

using Uids = std::vector<std::string>;

// The uids of what `gone` marks.
Uids uidsOf(const Partners& partners, const std::vector<bool>& gone) {
  Uids uids;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (gone[i]) uids.push_back(partners.items()[i].uid);
  }
  return uids;
}

// Which of the items are meant.
struct Chosen {
  std::vector<bool> items;
  // Not every uid names one of them.
  bool isPart = false;
};

// Those that the uids name; without uids, the newest.
Chosen choose(const Partners& partners, const std::optional<Uids>& uids) {
  const auto& items = partners.items();
  Chosen chosen{std::vector<bool>(items.size())};
  if (!uids) {
    if (!items.empty()) chosen.items.back() = true;
    return chosen;
  }
  std::set<std::string> wanted(uids->begin(), uids->end());
  for (std::size_t i = 0; i < items.size(); ++i) chosen.items[i] = wanted.erase(items[i].uid) > 0;
  chosen.isPart = !wanted.empty();
  return chosen;
}

// What is removed: the page has only that, and what `version` says is that of the conversation before.
struct Removal {
  Page page;
  Uids uids;
  // Other branches begin at it or behind it.
  bool isShared = false;
};

bool isShared(const Page& page, const Partners& partners, const std::vector<bool>& gone) {
  auto first = static_cast<std::size_t>(std::find(gone.begin(), gone.end(), true) - gone.begin());
  for (auto i = first; i < gone.size(); ++i) {
    if (sharesUpTo(page, partners.items()[i].uid)) return true;
  }
  return false;
}

Task<Removal> planRemoval(StoreSession* session, std::string conversationId, const std::optional<Uids>* uids) {
  for (std::size_t tail = FirstTail;; tail *= Growth) {
    auto page = co_await readTail(session, conversationId, tail, std::string(BranchPrefix));
    Partners partners(page);
    auto chosen = choose(partners, *uids);
    auto gone = partners.with(std::move(chosen.items));
    if (page.older && (chosen.isPart || !partners.reachBack(gone))) continue;
    bool shared = isShared(page, partners, gone);
    Removal removal{std::move(page), uidsOf(partners, gone), shared};
    keepOnly(removal.page, gone);
    co_return removal;
  }
}

Task<Page> removeChosen(StoreSession* session, std::string conversationId, std::optional<Uids> uids) {
  PlannedChange change(session, conversationId);
  for (;;) {
    auto removal = co_await planRemoval(session, conversationId, &uids);
    if (removal.uids.empty()) co_return std::move(removal.page);
    std::vector<Edit> edits;
    if (removal.isShared) {
      auto tree = co_await readBranches(session, conversationId);
      edits = uids ? tree->removeItems(removal.uids) : tree->endBefore(removal.uids.front());
    }
    if (edits.empty()) edits.push_back(edit::Remove{std::move(removal.uids)});
    bool done = co_await change.apply(removal.page.version, std::move(edits));
    if (done) co_return std::move(removal.page);
  }
}

[[noreturn]] void refuseReplacement(const char* why) { throw AgentsError(ErrorCode::SessionInvalidItem, why); }

void checkReplacement(const ItemHead& before, const ItemHead& after) {
  if (after.type != before.type || after.callId != before.callId) {
    refuseReplacement("An item can only be replaced by one of the same type and call_id.");
  }
  if (after.saidByModel() != before.saidByModel()) {
    refuseReplacement("What a model said can only be replaced by what a model says.");
  }
}

}  // namespace

Task<Page> readTail(StoreSession* session, std::string conversationId, std::optional<std::size_t> newest,
                    std::optional<std::string> shelves) {
  ReadQuery query{std::move(conversationId), "", newest};
  query.shelves = std::move(shelves);
  query.detail = ReadQuery::Detail::Origins;
  return session->read(std::move(query));
}

std::int64_t placeFrom(std::string_view origin) {
  auto text = json::member(origin, "place").value_or("");
  std::int64_t place = 0;
  std::from_chars(text.data(), text.data() + text.size(), place);
  return place;
}

PlannedChange::PlannedChange(StoreSession* session, std::string conversationId)
    : session_(session), conversationId_(std::move(conversationId)), opId_(randomId()) {}

Task<bool> PlannedChange::apply(std::string version, std::vector<Edit> edits) {
  Change change{opId_, version};
  change.edits = std::move(edits);
  try {
    co_await session_->apply(conversationId_, std::move(change));
  } catch (const AgentsError& error) {
    // It was not another's change that stood in the way.
    if (error.code() != ErrorCode::SessionConflict || refused_ == version) throw;
    refused_ = version;
    co_return false;
  }
  co_return true;
}

Task<std::optional<std::string>> StoreSession::pop(std::string conversationId) {
  auto removed = co_await removeChosen(this, std::move(conversationId), std::nullopt);
  if (removed.items.count == 0) co_return std::nullopt;
  auto items = "[" + removed.items.text.text() + "]";
  co_return std::string(json::elements(items).back());
}

Task<Page> StoreSession::removeItems(std::string conversationId, std::vector<std::string> uids) {
  return removeChosen(this, std::move(conversationId), std::move(uids));
}

Task<> StoreSession::replaceItem(std::string conversationId, std::string uid, std::string item) {
  PlannedChange change(this, conversationId);
  for (bool done = false; !done;) {
    auto page = co_await readTail(this, conversationId, std::nullopt);
    Partners partners(page);
    const auto& items = partners.items();
    auto found = std::find_if(items.begin(), items.end(), [&](const Partners::Item& one) { return one.uid == uid; });
    if (found == items.end()) {
      throw AgentsError(ErrorCode::SessionNotFound, "The conversation has no item of this uid.");
    }
    checkReplacement(found->head, headOf(item));
    std::vector<Edit> edits;
    edits.push_back(edit::Replace{uid, item});
    done = co_await change.apply(page.version, std::move(edits));
  }
}

}  // namespace agents
