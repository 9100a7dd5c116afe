#pragma once

#include <cstddef>

#include "agents/store.h"

namespace agents {

// Cuts a page that was read one item too long down to its newest `maxItems`, and leaves out what a provider would
// refuse without what was cut: outputs whose call is gone, and what a model said after reasoning that is gone.
// A page that is not too long stays as it is.
void cutToWindow(Page& page, std::size_t maxItems);

}  // namespace agents
