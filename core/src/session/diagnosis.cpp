#include "diagnosis.h"

#include "agents/item_types.h"
#include "agents/json_text.h"
#include "agents/open_run.h"

#include <set>

namespace agents {

namespace {

using Kind = Finding::Kind;

constexpr std::string_view Aborted = "aborted";

}  // namespace

Diagnosis::Diagnosis(const Partners& partners)
    : partners_(partners), broken_(partners.items().size()), answerable_(partners.items().size()) {
  findDuplicates();
  findOutputs();
  findCalls();
  findReasoning();
  broken_ = partners.with(std::move(broken_));
}

std::vector<std::string> Diagnosis::broken() const {
  std::vector<std::string> uids;
  for (std::size_t i = 0; i < broken_.size(); ++i) {
    if (broken_[i]) uids.push_back(partners_.items()[i].uid);
  }
  return uids;
}

Items Diagnosis::answers() const {
  Items outputs;
  for (std::size_t i = 0; i < answerable_.size(); ++i) {
    if (answerable_[i] && !broken_[i]) outputs.append(*outputFor(partners_.items()[i].text, Aborted));
  }
  return outputs;
}

void Diagnosis::findDuplicates() {
  std::set<std::string> ids;
  std::set<std::string> calls;
  const auto& items = partners_.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto id = json::stringMember(items[i].text, "id").value_or("");
    if (isOwnId(id, items[i].head.type) && !ids.insert(std::move(id)).second) {
      add(Kind::Duplicate, i, "Another item before this one has the same id.");
    } else if (items[i].head.isCall() && !items[i].pair.empty() && !calls.insert(items[i].pair).second) {
      add(Kind::Duplicate, i, "Another call before this one has the same call_id.");
    }
  }
}

void Diagnosis::findOutputs() {
  std::set<std::string> calls;
  std::set<std::string> answered;
  const auto& items = partners_.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& pair = items[i].pair;
    if (broken_[i]) continue;
    if (!items[i].head.isOutput()) {
      if (!pair.empty()) calls.insert(pair);
    } else if (!calls.contains(pair)) {
      add(Kind::OrphanOutput, i, "A tool's output has no call before it.");
    } else if (!answered.insert(pair).second) {
      add(Kind::Duplicate, i, "The call of this output has one already.");
    }
  }
}

void Diagnosis::findCalls() {
  std::set<std::string> answered;
  const auto& items = partners_.items();
  auto last = atEnd();
  for (std::size_t i = items.size(); i-- > 0;) {
    const auto& [text, head, uid, pair] = items[i];
    if (broken_[i]) continue;
    if (head.isOutput()) answered.insert(pair);
    if (!head.isCall() || answered.contains(pair)) continue;
    add(Kind::OrphanCall, i, "A tool call has no output behind it.");
    answerable_[i] = last[i] && !pair.empty() && outputFor(text, Aborted);
    broken_[i] = !answerable_[i];
  }
}

void Diagnosis::findReasoning() {
  auto leads = partners_.leads(std::vector<bool>(broken_.size()));
  for (std::size_t i = 0; i < leads.size(); ++i) {
    bool alone = partners_.items()[i].head.isReasoning() && !leads[i] && !broken_[i];
    if (alone) add(Kind::ReasoningWithoutFollower, i, "A reasoning item is not followed by what it led to.");
  }
}

void Diagnosis::add(Kind kind, std::size_t index, const char* message) {
  broken_[index] = true;
  findings_.push_back({kind, {partners_.items()[index].uid}, message});
}

// Which items are part of the last answer as far as it asks for tools: behind them are only calls and outputs.
std::vector<bool> Diagnosis::atEnd() const {
  const auto& items = partners_.items();
  std::vector<bool> found(items.size());
  for (std::size_t i = items.size(); i-- > 0;) {
    const auto& head = items[i].head;
    found[i] = head.isOutput() || (head.saidByModel() && head.type != "message");
    if (!found[i]) break;
  }
  return found;
}

}  // namespace agents
