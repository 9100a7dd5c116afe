#include "window.h"

#include "agents/json_text.h"

#include <set>

namespace agents {

namespace {

// Hosted tools included: their items follow reasoning as well.
bool saidByModel(const ItemHead& head) {
  return head.isReasoning() || head.role == "assistant" || head.type.ends_with("_call");
}

// Whether the model's words at the end of `items` begin with reasoning.
bool endsBehindReasoning(const Items& items) {
  auto text = "[" + items.text.text() + "]";
  auto elements = json::elements(text);
  for (auto item = elements.rbegin(); item != elements.rend(); ++item) {
    auto head = headOf(*item);
    if (head.isReasoning()) return true;
    if (!saidByModel(head)) return false;
  }
  return false;
}

std::string joinKept(const std::vector<std::string_view>& elements, const std::vector<bool>& stays) {
  std::string joined;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (!stays[i]) continue;
    if (!joined.empty()) joined += ',';
    joined += elements[i];
  }
  return joined;
}

}  // namespace

Window::Window(const Page& page) : text_("[" + page.items.text.text() + "]"), items_(json::elements(text_)) {
  for (auto item : items_) heads_.push_back(headOf(item));
}

bool Window::cutsAnswer() const {
  return heads_.size() > 1 && saidByModel(heads_[0]) && !heads_[0].isReasoning() && saidByModel(heads_[1]);
}

void Window::cut(Page& page, const Items& earlier) const {
  auto stays = whatStays(heads_[0].isReasoning() || (cutsAnswer() && endsBehindReasoning(earlier)));
  page.items.text = Rope(joinKept(items_, stays));
  page.items.count = 0;
  for (bool kept : stays) page.items.count += kept ? 1 : 0;
  if (!page.origins.empty()) {
    auto origins = "[" + page.origins + "]";
    page.origins = joinKept(json::elements(origins), stays);
  }
}

// Which of the items may stay when the one at index 0 is cut.
std::vector<bool> Window::whatStays(bool behindCutReasoning) const {
  std::vector<bool> stays(heads_.size(), true);
  stays[0] = false;
  std::set<std::string> calls;
  for (std::size_t i = 1; i < heads_.size(); ++i) {
    behindCutReasoning = behindCutReasoning && saidByModel(heads_[i]);
    bool orphan = heads_[i].isOutput() && !calls.contains(heads_[i].callId);
    stays[i] = !behindCutReasoning && !orphan;
    if (stays[i] && heads_[i].isCall()) calls.insert(heads_[i].callId);
  }
  return stays;
}

}  // namespace agents
