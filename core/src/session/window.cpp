#include "window.h"

#include <set>
#include <string>
#include <vector>

#include "agents/json_text.h"

namespace agents {

namespace {

bool saidByModel(const ItemHead& head) { return head.isCall() || head.isReasoning() || head.role == "assistant"; }

// Which of the items may stay when the one at index 0 is cut.
std::vector<bool> whatStays(const std::vector<ItemHead>& heads) {
  std::vector<bool> stays(heads.size(), true);
  stays[0] = false;
  std::set<std::string> calls;
  bool behindCutReasoning = heads[0].isReasoning();
  for (std::size_t i = 1; i < heads.size(); ++i) {
    behindCutReasoning = behindCutReasoning && saidByModel(heads[i]);
    bool orphan = heads[i].isOutput() && !calls.contains(heads[i].callId);
    stays[i] = !behindCutReasoning && !orphan;
    if (stays[i] && heads[i].isCall()) calls.insert(heads[i].callId);
  }
  return stays;
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

void cutToWindow(Page& page, std::size_t maxItems) {
  if (page.items.count <= maxItems) return;
  auto text = "[" + page.items.text.text() + "]";
  auto items = json::elements(text);
  std::vector<ItemHead> heads;
  for (auto item : items) heads.push_back(headOf(item));
  auto stays = whatStays(heads);

  page.items.text = Rope(joinKept(items, stays));
  page.items.count = 0;
  for (bool kept : stays) page.items.count += kept ? 1 : 0;
  if (!page.origins.empty()) {
    auto origins = "[" + page.origins + "]";
    page.origins = joinKept(json::elements(origins), stays);
  }
}

}  // namespace agents
