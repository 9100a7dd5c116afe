#pragma once

#include "agents/session.h"
#include "calls.h"
#include "head.h"

#include <memory>

namespace agents::wasm {

// The open session whose number the head has under "session". Fails with SessionClosed.
std::shared_ptr<StoreSession> sessionOf(const HeadReader& head);

// Waits for work that has no result, and keeps its session for as long. An operation that only hands on its call is no
// coroutine of its own: each is a kilobyte.
Task<Answer> done(std::shared_ptr<StoreSession> session, Task<> work);

}  // namespace agents::wasm
