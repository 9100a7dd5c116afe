#include "partners.h"

#include "agents/item_types.h"
#include "agents/json_text.h"

#include <set>
#include <utility>

namespace agents {

namespace {

std::string joinKept(const std::vector<std::string_view>& elements, const std::vector<bool>& stays) {
  std::string joined;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!stays[i]) continue;
    if (!joined.empty()) joined += ',';
    joined += elements[i];
  }
  return joined;
}

// Calls that the server answers itself have outputs too, at times: all are paired, few are required to be.
std::string pairOf(const ItemHead& head) {
  auto call = head.callType();
  return call.empty() || head.callId.empty() ? std::string() : std::string(call) + " " + head.callId;
}

bool mark(std::vector<bool>& gone, std::size_t index) {
  if (gone[index]) return false;
  gone[index] = true;
  return true;
}

}  // namespace

void keepOnly(Page& page, const std::vector<bool>& stays) {
  auto items = "[" + page.items.text.text() + "]";
  page.items.text = Rope(joinKept(json::elements(items), stays));
  page.items.count = 0;
  for (bool kept : stays) page.items.count += kept ? 1 : 0;
  if (page.origins.empty()) return;
  auto origins = "[" + page.origins + "]";
  page.origins = joinKept(json::elements(origins), stays);
}

Partners::Partners(const Page& page) : text_("[" + page.items.text.text() + "]") {
  auto origins = "[" + page.origins + "]";
  auto known = json::elements(origins);
  for (auto text : json::elements(text_)) {
    Item item{text, headOf(text), json::stringMember(known[items_.size()], "uid").value_or(""), {}};
    item.pair = pairOf(item.head);
    items_.push_back(std::move(item));
  }
  ledAtFirst_ = leads(std::vector<bool>(items_.size()));
}

std::vector<bool> Partners::with(std::vector<bool> gone) const {
  while (addForwards(gone) || addBackwards(gone)) {
  }
  return gone;
}

bool Partners::reachBack(const std::vector<bool>& gone) const {
  // Reasoning before the first item may have led to it alone.
  if (!items_.empty() && gone[0]) return false;
  std::set<std::string> calls;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto& [text, head, uid, pair] = items_[i];
    if (!head.isOutput()) {
      calls.insert(pair);
    } else if (gone[i] && !calls.contains(pair)) {
      return false;
    }
  }
  return true;
}

std::vector<bool> Partners::leads(const std::vector<bool>& gone) const {
  std::vector<bool> found(items_.size());
  // Whether something is left of what was said next, up to the next reasoning.
  bool left = false;
  bool isRun = false;
  for (std::size_t i = items_.size(); i-- > 0;) {
    found[i] = left;
    if (items_[i].head.isReasoning()) {
      isRun = false;
    } else {
      bool follower = follows(i);
      left = follower && (!gone[i] || (isRun && left));
      isRun = follower;
    }
  }
  return found;
}

// Whether reasoning can have led to it.
bool Partners::follows(std::size_t index) const {
  const auto& head = items_[index].head;
  return !isInput(head.type, head.role) && !head.isOutput();
}

// Outputs whose calls are all gone, and what was said after reasoning that is gone.
bool Partners::addForwards(std::vector<bool>& gone) const {
  bool added = false;
  bool behind = false;
  std::set<std::string> calls;
  std::set<std::string> kept;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto& [text, head, uid, pair] = items_[i];
    // Reasoning directly behind other reasoning belongs to it; later one begins anew.
    bool anew = head.isReasoning() && i > 0 && !items_[i - 1].head.isReasoning();
    behind = behind && head.saidByModel() && !anew;
    bool answersNothing = head.isOutput() && calls.contains(pair) && !kept.contains(pair);
    if (behind || answersNothing) added = mark(gone, i) || added;
    behind = behind || (head.isReasoning() && gone[i]);
    if (pair.empty() || head.isOutput()) continue;
    calls.insert(pair);
    if (!gone[i]) kept.insert(pair);
  }
  return added;
}

// Calls whose outputs are all gone, and reasoning that led to nothing else than what is gone.
bool Partners::addBackwards(std::vector<bool>& gone) const {
  bool added = false;
  std::set<std::string> outputs;
  std::set<std::string> kept;
  for (std::size_t i = items_.size(); i-- > 0;) {
    const auto& [text, head, uid, pair] = items_[i];
    if (pair.empty()) continue;
    if (head.isOutput()) {
      outputs.insert(pair);
      if (!gone[i]) kept.insert(pair);
    } else if (outputs.contains(pair) && !kept.contains(pair)) {
      added = mark(gone, i) || added;
    }
  }
  auto leading = leads(gone);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    bool orphaned = items_[i].head.isReasoning() && ledAtFirst_[i] && !leading[i];
    if (orphaned) added = mark(gone, i) || added;
  }
  return added;
}

}  // namespace agents
