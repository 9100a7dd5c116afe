#pragma once

#include "agents/session.h"
#include "head.h"

#include <memory>

namespace agents::wasm {

// The open session whose number the head has under "session". Fails with SessionClosed.
std::shared_ptr<StoreSession> sessionOf(const HeadReader& head);

}  // namespace agents::wasm
