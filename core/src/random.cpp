#include "agents/random.h"

#include "agents/error.h"

#include <unistd.h>
#include <array>
#include <cstdint>
#include <string_view>

namespace agents {

namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> randomBytes() {
  std::array<std::uint8_t, Size> bytes;
  // The system's own, not a generator seeded from it: ids of two tabs must never meet.
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw AgentsError(ErrorCode::Internal, "The system gives no random numbers.");
  }
  return bytes;
}

}  // namespace

std::string randomId() {
  constexpr std::string_view Digits = "0123456789abcdefghijklmnopqrstuv";
  std::string id;
  for (auto byte : randomBytes<22>()) id += Digits[byte % Digits.size()];
  return id;
}

double randomFraction() {
  auto bytes = randomBytes<2>();
  return (bytes[0] * 256 + bytes[1]) / 65536.0;
}

}  // namespace agents
