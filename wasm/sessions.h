#pragma once

#include "agents/conversations.h"
#include "agents/session.h"
#include "calls.h"
#include "head.h"

#include <cstdint>
#include <memory>

namespace agents::wasm {

// The open session whose number the head has under "session". Fails with SessionClosed.
std::shared_ptr<StoreSession> sessionOf(const HeadReader& head);

// The same with the histories on the server, which is reached in the name of that call: "maxRetries" and "busyTimeout"
// of the head say how.
std::shared_ptr<ServerSession> serverSessionOf(const HeadReader& head, std::uint32_t caller);

// Waits for work that has no result, and keeps its session for as long. An operation that only hands on its call is no
// coroutine of its own: each is a kilobyte.
Task<Answer> done(std::shared_ptr<void> session, Task<> work);

}  // namespace agents::wasm
