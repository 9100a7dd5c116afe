#include <emscripten/emscripten.h>
#include <emscripten/html5.h>

#include <chrono>

// The C++ library's clocks throw when the system has none, and bring the names of all errors and `printf` for it: 3 KB
// of the compressed core. They would ask JavaScript as well. Both are here, since the library has them in one file.

std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
  constexpr double NanosecondsPerMs = 1e6;
  return time_point(duration(static_cast<rep>(emscripten_get_now() * NanosecondsPerMs)));
}

std::chrono::system_clock::time_point std::chrono::system_clock::now() noexcept {
  constexpr double MicrosecondsPerMs = 1e3;
  return time_point(duration(static_cast<rep>(emscripten_date_now() * MicrosecondsPerMs)));
}
