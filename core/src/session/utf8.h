#pragma once

#include <cstddef>
#include <string_view>

namespace agents {

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

// The character at `at`, of a text that may be anything: what is not UTF-8 is U+FFFD, byte by byte.
inline CodePoint codePointAt(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[at + index]); };
  auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t bytes = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (bytes == 0 || at + bytes > text.size()) return {0xFFFD, 1};
  char32_t value = lead & (0x7F >> bytes);
  for (std::size_t index = 1; index < bytes; ++index) {
    if ((byte(index) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = value << 6 | (byte(index) & 0x3F);
  }
  return {value, bytes};
}

}  // namespace agents
