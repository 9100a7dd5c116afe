#include "normaliser.h"

#include "agents/json_text.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace agents {

namespace {

std::string keyOf(const Half& half) { return std::to_string(half.tool) + " " + std::string(half.callId); }

}  // namespace

std::string withoutId(std::string_view item) {
  std::string kept = "{";
  for (const auto& member : json::members(item)) {
    if (member.key == "\"id\"") continue;
    if (kept.size() > 1) kept += ',';
    ((kept += member.key) += ':') += member.value;
  }
  return kept += '}';
}

Normaliser::Normaliser(const Items& items, const std::vector<bool>& isHistory) : scan_(items.text) {
  entries_.reserve(items.count);
  Entry entry;
  while (scan_.next(&entry.marks)) {
    entry.half = halfOf(entry.marks);
    entry.isHistory = isHistory.at(entries_.size());
    entries_.push_back(entry);
  }
}

void Normaliser::dropPrograms() {
  std::unordered_set<std::string_view> ended;
  std::unordered_set<std::string_view> owners;
  for (const auto& [marks, half, isHistory, isGone] : entries_) {
    if (marks.type == "program_output") ended.insert(half.callId);
    // What a program in new input called goes on.
    if (!isHistory && !marks.programId.empty()) owners.insert(marks.programId);
  }
  std::unordered_set<std::string_view> orphans;
  for (const auto& entry : entries_) {
    const auto& id = entry.half.callId;
    bool isOrphan = entry.isHistory && isProgram(entry.half) && !ended.contains(id) && !owners.contains(id);
    if (isOrphan) orphans.insert(id);
  }
  for (auto& entry : entries_) {
    bool isOwned = entry.isHistory && orphans.contains(entry.marks.programId);
    if (isOwned || (isProgram(entry.half) && orphans.contains(entry.half.callId))) entry.isGone = true;
    // One that goes on, whose output comes later, is no orphan.
    bool goesOn = isProgram(entry.half) && owners.contains(entry.half.callId) && !ended.contains(entry.half.callId);
    if (goesOn) entry.half = {};
  }
}

void Normaliser::dropOutputs() {
  std::unordered_set<std::string> calls;
  for (auto& entry : entries_) {
    if (entry.isGone || entry.half.kind == Half::Kind::None) continue;
    auto key = keyOf(entry.half);
    if (entry.half.isCall()) {
      calls.insert(std::move(key));
    } else if (entry.isHistory && !calls.contains(key)) {
      entry.isGone = true;
    }
  }
}

void Normaliser::dropCalls() {
  // A call behind its output is there once more. Without a call_id each output answers one call before it.
  std::unordered_map<std::string, std::size_t> outputs;
  for (const auto& [marks, half, isHistory, isGone] : entries_) {
    if (!isGone && half.isOutput() && !half.callId.empty()) ++outputs[keyOf(half)];
  }
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    bool isNamed = !entry->half.callId.empty();
    if (!entry->isGone && entry->half.isOutput() && !isNamed) ++outputs[keyOf(entry->half)];
    if (!entry->isCallOfHistory() || isHostedShellAtWork(entry->marks)) continue;
    auto answer = outputs.find(keyOf(entry->half));
    entry->isGone = answer == outputs.end() || answer->second == 0;
    if (!entry->isGone && !isNamed) --answer->second;
  }
}

void Normaliser::dropReasoning() {
  bool isBehindGone = false;
  bool leads = false;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->isReasoning()) {
      // A provider refuses reasoning that led to nothing.
      if (!entry->isGone) entry->isGone = !leads && (isBehindGone || entry->isHistory);
    } else if (entry->isGone) {
      isBehindGone = isBehindGone || entry->half.isCall();
    } else {
      isBehindGone = false;
      leads = followsReasoning(entry->marks, entry->half);
    }
  }
}

void Normaliser::dropDuplicates() {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].isGone) continue;
    auto [type, id] = identityOf(entries_[i].marks, entries_[i].half);
    if (id.empty()) continue;
    auto [found, isFirst] = known.try_emplace(std::string(type) + " " + std::string(id), i);
    if (isFirst) continue;
    auto& before = entries_[found->second];
    if (type == "message" && before.marks.text != entries_[i].marks.text) {
      // Some servers give each of their messages the same id. Others refuse an id that comes twice.
      own_.push_back(withoutId(entries_[i].marks.text));
      entries_[i].marks.text = own_.back();
      isChanged_ = true;
      continue;
    }
    if (entries_[i].half.isOutput()) {
      before.isGone = true;
      found->second = i;
    } else {
      before.marks.text = entries_[i].marks.text;
      isChanged_ = true;
      entries_[i].isGone = true;
    }
  }
}

Items Normaliser::kept(const Items& items) const {
  auto isGone = [](const Entry& entry) { return entry.isGone; };
  if (!isChanged_ && std::none_of(entries_.begin(), entries_.end(), isGone)) return items;
  std::string text;
  text.reserve(items.text.size());
  Items kept;
  for (const auto& entry : entries_) {
    if (entry.isGone) continue;
    if (kept.count++ > 0) text += ',';
    text += entry.marks.text;
  }
  kept.text.append(std::move(text));
  return kept;
}

}  // namespace agents
