#include "agents/normalise.h"

#include "agents/json_text.h"
#include "item_kinds.h"
#include "item_scan.h"
#include "normaliser.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace agents {

namespace {

// The calls that wait for an output while a history is read.
class OpenCalls {
 public:
  // More than any answer makes: a history with so many is looked at closely, with no list to search.
  static constexpr std::size_t Most = 1000;

  // Whether all is well so far.
  bool take(const ItemMarks& marks, const Half& half) {
    if (half.isCall()) {
      if (!isHostedShellAtWork(marks)) calls_.push_back(half);
      return calls_.size() <= Most;
    }
    auto call = std::find_if(calls_.rbegin(), calls_.rend(), [&](const Half& one) { return half.belongsTo(one); });
    if (call == calls_.rend()) return false;
    calls_.erase(std::next(call).base());
    return true;
  }

  bool isEmpty() const { return calls_.empty(); }

 private:
  std::vector<Half> calls_;
};

// Remembers identities by their hashes, in one block of memory. 64 bits, as std::hash has not everywhere: with fewer
// some long histories would seem to have duplicates.
class Identities {
 public:
  explicit Identities(std::size_t most) { hashes_.reserve(most); }

  void add(const Identity& identity) {
    if (!identity.id.empty()) hashes_.push_back(hashed(identity.id, hashed(identity.type, 0xcbf29ce484222325)));
  }

  bool areDistinct() {
    std::sort(hashes_.begin(), hashes_.end());
    return std::adjacent_find(hashes_.begin(), hashes_.end()) == hashes_.end();
  }

 private:
  // FNV-1a.
  static std::uint64_t hashed(std::string_view text, std::uint64_t hash) {
    for (auto c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
  }

  std::vector<std::uint64_t> hashes_;
};

bool areDistinct(const Items& items) {
  Identities identities(items.count);
  ItemScan scan(items.text);
  for (ItemMarks marks; scan.next(&marks);) identities.add(identityOf(marks, halfOf(marks)));
  return identities.areDistinct();
}

bool isReasoningWithId(const ItemMarks& marks) { return marks.type == "reasoning" && !marks.id.empty(); }

bool hasReasoningIds(const Items& items) {
  ItemScan scan(items.text);
  for (ItemMarks marks; scan.next(&marks);) {
    if (isReasoningWithId(marks)) return true;
  }
  return false;
}

Items itemsOf(const std::vector<std::string>& texts) {
  Items items;
  for (const auto& text : texts) items.append(text);
  return items;
}

}  // namespace

bool isWhole(const Items& items) {
  OpenCalls open;
  Identities identities(items.count);
  ItemScan scan(items.text);
  bool isBehindReasoning = false;
  for (ItemMarks marks; scan.next(&marks);) {
    auto half = halfOf(marks);
    if (half.kind != Half::Kind::None && !open.take(marks, half)) return false;
    if (isBehindReasoning && !followsReasoning(marks, half)) return false;
    isBehindReasoning = marks.type == "reasoning";
    identities.add(identityOf(marks, half));
  }
  return !isBehindReasoning && open.isEmpty() && identities.areDistinct();
}

bool isPlain(const Items& items) {
  ItemScan scan(items.text);
  for (ItemMarks marks; scan.next(&marks);) {
    if (marks.role.empty() || !marks.id.empty() || !marks.callId.empty()) return false;
    if (!marks.type.empty() && marks.type != "message") return false;
  }
  return true;
}

Items normalised(const Items& items, const std::vector<bool>& isHistory, OrphanOutputs outputs) {
  Normaliser normaliser(items, isHistory);
  normaliser.dropPrograms();
  if (outputs == OrphanOutputs::Drop) normaliser.dropOutputs();
  normaliser.dropCalls();
  normaliser.dropReasoning();
  normaliser.dropDuplicates();
  return normaliser.kept(items);
}

Items latestOfEach(const Items& items) {
  if (areDistinct(items)) return items;
  return normalised(items, std::vector<bool>(items.count), OrphanOutputs::Keep);
}

std::vector<std::string> latestOfEach(std::vector<std::string> texts) {
  auto items = itemsOf(texts);
  if (areDistinct(items)) return texts;
  auto array = "[" + latestOfEach(items).text.text() + "]";
  auto elements = json::elements(array);
  return {elements.begin(), elements.end()};
}

Items withoutReasoningIds(const Items& items) {
  if (!hasReasoningIds(items)) return items;
  std::string text;
  text.reserve(items.text.size());
  ItemScan scan(items.text);
  for (ItemMarks marks; scan.next(&marks);) {
    if (!text.empty()) text += ',';
    text += isReasoningWithId(marks) ? withoutId(marks.text) : std::string(marks.text);
  }
  Items kept{Rope(std::move(text)), items.count};
  return kept;
}

std::vector<std::string> withoutReasoningIds(std::vector<std::string> items) {
  for (auto& item : items) {
    if (headOf(item).isReasoning()) item = withoutId(item);
  }
  return items;
}

}  // namespace agents
