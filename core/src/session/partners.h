#pragma once

#include "agents/store.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// Only the items that stay, and their origins.
void keepOnly(Page& page, const std::vector<bool>& stays);

// What the items of a history need of each other, so that a provider takes them: a call and its outputs, reasoning and
// what it led to.
class Partners {
 public:
  struct Item {
    std::string_view text;
    ItemHead head;
    std::string uid;
    // The same for a call and its outputs; empty for other items.
    std::string pair;
  };

  // The page was read with Detail::Origins.
  explicit Partners(const Page& page);
  Partners(const Partners&) = delete;
  Partners& operator=(const Partners&) = delete;

  const std::vector<Item>& items() const { return items_; }

  // `gone`, and all that would be left broken without it. What was broken before is none of that.
  std::vector<bool> with(std::vector<bool> gone) const;

  // Whether all that `gone` can take along lies among these items, not before them.
  bool reachBack(const std::vector<bool>& gone) const;

  // For each item whether something that is not gone stands where reasoning in its place would need it.
  std::vector<bool> leads(const std::vector<bool>& gone) const;

 private:
  bool follows(std::size_t index) const;
  bool addForwards(std::vector<bool>& gone) const;
  bool addBackwards(std::vector<bool>& gone) const;

  std::string text_;
  std::vector<Item> items_;
  std::vector<bool> ledAtFirst_;
};

}  // namespace agents
