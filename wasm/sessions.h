#pragma once

#include "agents/session.h"

#include <cstdint>
#include <memory>

namespace agents::wasm {

// The open session of that number. Fails with SessionClosed.
std::shared_ptr<StoreSession> sessionOf(std::uint32_t id);

}  // namespace agents::wasm
