#pragma once

#include <cstdint>
#include <memory>

#include "agents/session.h"

namespace agents::wasm {

// The open session of that number. Fails with SessionClosed.
std::shared_ptr<StoreSession> sessionOf(std::uint32_t id);

}  // namespace agents::wasm
