#pragma once

#include "agents/store.h"

#include <cstddef>
#include <vector>

namespace agents {

// A page that was read one item too long, to be cut down by its oldest item. What a provider would refuse without what
// is cut goes too: outputs whose call is gone, and what a model said after reasoning that is gone.
class Window {
 public:
  explicit Window(const Page& page);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Whether the cut falls between things that the model said, so that what it said before them decides.
  bool cutsAnswer() const;

  // Cuts `page`, the one it was made of. `earlier` has the items before it, as far as `cutsAnswer` wants them.
  void cut(Page& page, const Items& earlier) const;

 private:
  std::vector<bool> whatStays(bool behindCutReasoning) const;

  std::vector<ItemHead> heads_;
};

}  // namespace agents
