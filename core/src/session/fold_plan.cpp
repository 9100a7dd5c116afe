#include "fold_plan.h"

#include "agents/json_text.h"
#include "agents/normalise.h"
#include "agents/tokens.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

using One = FoldItems::One;

bool isUsers(const One& item) { return item.marks.role == "user"; }
bool isInput(const One& item) { return !item.marks.role.empty() && item.marks.role != "assistant"; }
bool isReasoning(const One& item) { return item.marks.type == "reasoning"; }
bool isCompaction(const One& item) { return item.marks.type == "compaction"; }

// Where a history may be cut: before those items that nothing reaches which began before them.
class Seams {
 public:
  explicit Seams(const FoldItems& items) : items_(items), crossings_(items.size() + 1), answered_(items.size()) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (isReasoning(items[i])) bind(i, endOfAnswer(i));
      if (items[i].half.isOutput()) bindOutput(i);
    }
    for (std::size_t i = 1; i < crossings_.size(); ++i) crossings_[i] += crossings_[i - 1];
  }

  std::size_t before(std::size_t border) const {
    while (crossings_[border] > 0) --border;
    return border;
  }
  std::size_t behind(std::size_t border) const {
    while (crossings_[border] > 0) ++border;
    return border;
  }

  // The first call that may still get its output: no user has said anything since.
  std::size_t firstOpenCall() const {
    auto first = items_.size();
    for (auto i = items_.size(); i-- > 0 && !isUsers(items_[i]);) {
      if (items_[i].half.isCall() && !answered_[i]) first = i;
    }
    return first;
  }

 private:
  // No seam between these two.
  void bind(std::size_t first, std::size_t last) {
    if (first == last) return;
    ++crossings_[first + 1];
    --crossings_[last + 1];
  }

  // The last item that the reasoning led to.
  std::size_t endOfAnswer(std::size_t reasoning) const {
    auto end = reasoning + 1;
    while (end < items_.size() && followsReasoning(items_[end].marks, items_[end].half) &&
           (!isReasoning(items_[end]) || isReasoning(items_[end - 1]))) {
      ++end;
    }
    return end - 1;
  }

  // Some servers count their calls anew in each response, and some models repeat a call: an output belongs to the last
  // answer that has its call, or to the output before it.
  void bindOutput(std::size_t output) {
    auto first = output;
    for (auto i = output; i-- > 0;) {
      const auto& half = items_[i].half;
      bool isCall = half.isCall();
      if (first < output && !isCall && (half.isOutput() || isUsers(items_[i]))) break;
      if (half.kind == Half::Kind::None || !half.belongsTo(items_[output].half)) continue;
      first = i;
      if (!isCall) break;
      answered_[i] = true;
    }
    bind(first, output);
  }

  const FoldItems& items_;
  std::vector<int> crossings_;
  std::vector<bool> answered_;
};

bool names(const std::vector<std::string>& uids, const One& item) {
  return std::find(uids.begin(), uids.end(), item.uid) != uids.end();
}

// What the API's compaction leaves of the words of users stays for good: counted again each time, it would soon make
// every run a reason for the next one.
bool isDue(const FoldItems& items, const CompactionSetup& setup) {
  if (setup.force) return true;
  std::size_t counted = 0;
  for (auto i = items.size(); i-- > 0 && counted < setup.threshold;) {
    ++counted;
    if (setup.strategy == Strategy::Compact && isCompaction(items[i])) break;
  }
  return counted >= setup.threshold;
}

// How many of the newest items are kept, at most. A summary leaves half of what may remain to the words of users.
std::size_t tailOf(const CompactionSetup& setup) {
  if (!setup.responseId.empty()) return 0;
  return setup.strategy == Strategy::Compact ? setup.targetItems : setup.targetItems / 2;
}

std::size_t borderOf(const FoldItems& items, const Seams& seams, const CompactionSetup& setup) {
  auto most = seams.before(seams.firstOpenCall());
  auto wanted = items.size() - std::min(items.size(), tailOf(setup));
  // What the server remembers is all of it, or nothing.
  if (!setup.responseId.empty() && most < wanted) return 0;
  return std::min(seams.behind(wanted), most);
}

// An item that is pinned keeps all between the seams around it.
void keepPinned(FoldPlan& plan, const FoldItems& items, const Seams& seams, const std::vector<std::string>& pinned) {
  for (std::size_t i = 0; i < plan.border; ++i) {
    if (!names(pinned, items[i])) continue;
    auto end = seams.behind(i + 1);
    for (auto kept = seams.before(i); kept < end; ++kept) plan.folded[kept] = false;
  }
}

// The oldest words of users go too where more would remain than may, the summary among it.
void foldOldestUsers(FoldPlan& plan, const FoldItems& items, const std::vector<std::string>& pinned, std::size_t most) {
  auto remaining = items.size() + 1;
  for (bool folded : plan.folded) remaining -= folded ? 1 : 0;
  for (std::size_t i = 0; i < plan.border && remaining > most; ++i) {
    if (plan.folded[i] || !isUsers(items[i]) || names(pinned, items[i])) continue;
    plan.folded[i] = true;
    --remaining;
  }
}

void addUp(FoldPlan& plan, const FoldItems& items) {
  for (std::size_t i = 0; i < plan.border; ++i) {
    if (!plan.folded[i]) continue;
    ++plan.count;
    plan.tokens += estimateTokens(items[i].marks.text);
    // What a server has folded alone is as short as it gets.
    if (!isCompaction(items[i])) plan.due = FoldPlan::Due::Yes;
  }
}

}  // namespace

FoldItems::FoldItems(const Page& page) : scan_(page.items.text) {
  auto origins = "[" + page.origins + "]";
  auto known = json::elements(origins);
  for (ItemMarks marks; scan_.next(&marks);) {
    all_.push_back({marks, halfOf(marks), json::stringMember(known[all_.size()], "uid").value_or("")});
  }
}

FoldPlan planFold(const FoldItems& items, const std::vector<std::string>& pinned, const CompactionSetup& setup) {
  FoldPlan plan;
  if (!isDue(items, setup)) {
    plan.due = FoldPlan::Due::NotDue;
    return plan;
  }
  Seams seams(items);
  plan.border = borderOf(items, seams, setup);
  bool isSummary = setup.strategy == Strategy::Summary;
  for (std::size_t i = 0; i < plan.border; ++i) {
    // What a server has folded only its own models can read.
    plan.folded.push_back(!isInput(items[i]) && !(isSummary && isCompaction(items[i])));
  }
  keepPinned(plan, items, seams, pinned);
  if (isSummary) foldOldestUsers(plan, items, pinned, setup.targetItems);
  addUp(plan, items);
  return plan;
}

Items folding(const FoldItems& items, const FoldPlan& plan) {
  std::string text;
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan.border; ++i) {
    if (!plan.folded[i] && !isUsers(items[i])) continue;
    if (count++ > 0) text += ',';
    text += items[i].marks.text;
  }
  Items chosen{Rope(std::move(text)), count};
  return normalised(chosen, std::vector<bool>(count, true), OrphanOutputs::Drop);
}

}  // namespace agents
