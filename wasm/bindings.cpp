#include "calls.h"
#include "host.h"

#include <emscripten/bind.h>

// All that crosses. A new feature is an operation in calls_*.cpp or an `ask`, not a binding.
EMSCRIPTEN_BINDINGS(agents) {
  emscripten::function("connect", &agents::wasm::connect);
  emscripten::function("call", &agents::wasm::call);
  emscripten::function("reply", &agents::wasm::reply);
  emscripten::function("stats", &agents::wasm::stats);
}
