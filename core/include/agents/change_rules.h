#pragma once

#include "agents/store.h"

namespace agents {

// What every store does alike with a change.

// Whether it gives the conversation a new version: all but leases, and batches without items.
bool isChange(const Edit& edit);

// Whether a lease can refuse it.
bool needsLease(const Change& change);

// Fails with InvalidArgument where a change is none that `store.h` allows.
void checkChange(const Change& change);

}  // namespace agents
