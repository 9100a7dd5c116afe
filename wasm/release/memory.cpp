#include <cstddef>
#include <cstdlib>
#include <version>

// What needs memory does not throw here, it ends the instance, as it does in other languages' WebAssembly:
// js/src/core.ts drops an instance that traps, and all its memory with it, and opens another one. Since nearly
// everything needs memory, nearly every call would otherwise carry code for its failure: 5 KB of the compressed core.
// These stand in for functions of the C++ library, by the names that the linker knows.

#define AGENTS_TEXT_OF(macro) #macro
#define AGENTS_TEXT(macro) AGENTS_TEXT_OF(macro)
// Functions that the library defines in its headers have its version in their names. Should they be named otherwise
// one day, they stay as they are.
#define AGENTS_LIBRARY_NAME(name, arguments) name "B8ne" AGENTS_TEXT(_LIBCPP_VERSION) arguments

namespace {

[[noreturn]] void end() { __builtin_trap(); }

}  // namespace

void* newMemory(std::size_t size) noexcept __asm__("_Znwm");
[[noreturn]] void throwLength(const char*) __asm__(AGENTS_LIBRARY_NAME("_ZNSt3__220__throw_length_error", "EPKc"));
[[noreturn]] void throwOverflow(const char*) __asm__(AGENTS_LIBRARY_NAME("_ZNSt3__222__throw_overflow_error", "EPKc"));
[[noreturn]] void throwArrayLength() __asm__(AGENTS_LIBRARY_NAME("_ZSt28__throw_bad_array_new_length", "v"));

void* newMemory(std::size_t size) noexcept {
  auto memory = std::malloc(size == 0 ? 1 : size);
  if (!memory) end();
  return memory;
}

void throwLength(const char*) { end(); }
void throwOverflow(const char*) { end(); }
void throwArrayLength() { end(); }
