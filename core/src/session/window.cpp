#include "window.h"

#include "agents/json_text.h"
#include "partners.h"

#include <set>

namespace agents {

namespace {

// Whether the model's words at the end of `items` begin with reasoning.
bool endsBehindReasoning(const Items& items) {
  auto text = "[" + items.text.text() + "]";
  auto elements = json::elements(text);
  for (auto item = elements.rbegin(); item != elements.rend(); ++item) {
    auto head = headOf(*item);
    if (head.isReasoning()) return true;
    if (!head.saidByModel()) return false;
  }
  return false;
}

}  // namespace

Window::Window(const Page& page) {
  auto text = "[" + page.items.text.text() + "]";
  for (auto item : json::elements(text)) heads_.push_back(headOf(item));
}

bool Window::cutsAnswer() const {
  return heads_.size() > 1 && heads_[0].saidByModel() && !heads_[0].isReasoning() && heads_[1].saidByModel();
}

void Window::cut(Page& page, const Items& earlier) const {
  keepOnly(page, whatStays(heads_[0].isReasoning() || (cutsAnswer() && endsBehindReasoning(earlier))));
}

// Which of the items may stay when the one at index 0 is cut.
std::vector<bool> Window::whatStays(bool behindCutReasoning) const {
  std::vector<bool> stays(heads_.size(), true);
  stays[0] = false;
  std::set<std::string> calls;
  for (std::size_t i = 1; i < heads_.size(); ++i) {
    behindCutReasoning = behindCutReasoning && heads_[i].saidByModel();
    bool orphan = heads_[i].isOutput() && !calls.contains(heads_[i].callId);
    stays[i] = !behindCutReasoning && !orphan;
    if (stays[i] && heads_[i].isCall()) calls.insert(heads_[i].callId);
  }
  return stays;
}

}  // namespace agents
