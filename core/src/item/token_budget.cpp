#include "agents/tokens.h"

#include "agents/json_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace agents {

namespace {

constexpr std::size_t Steps = 4;

bool isUsers(std::string_view item) {
  auto head = headOf(item);
  return head.type == "message" && head.role == "user";
}

// How many tokens have to go, in whole steps.
std::size_t excess(std::size_t all, std::size_t most) {
  auto step = std::max<std::size_t>(most / Steps, 1);
  return (all - most + step - 1) / step * step;
}

}  // namespace

bool keepNewestTokens(Items& history, std::size_t most) {
  if (estimateTokens(history) <= most) return false;
  auto array = "[" + history.text.text() + "]";
  auto items = json::elements(array);
  std::vector<std::size_t> tokens;
  std::size_t all = 0;
  for (auto item : items) all += tokens.emplace_back(estimateTokens(item));

  auto gone = excess(all, most);
  std::size_t first = 0;
  for (std::size_t before = 0; first < items.size() && before < gone; ++first) before += tokens[first];
  // Without one, what is broken by the cut is left out later.
  auto users = std::find_if(items.begin() + static_cast<std::ptrdiff_t>(first), items.end(), isUsers);
  auto begin = users != items.end() ? users : items.begin() + static_cast<std::ptrdiff_t>(first);
  Items kept;
  for (auto item = begin; item != items.end(); ++item) kept.append(*item);
  history = std::move(kept);
  return true;
}

}  // namespace agents
