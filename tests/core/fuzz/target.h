#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

// A target is one file with these two functions. `driver.cpp` feeds it with mutations of its seeds, with any compiler.
// Where clang has libFuzzer, the target alone makes a fuzzer:
//   clang++ -std=c++20 -g -fsanitize=fuzzer,address,undefined -Icore/include -I.deps/usr/include
//     tests/core/fuzz/json_text_fuzz.cpp core/src/*.cpp core/src/*/*.cpp
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
std::vector<std::string> fuzzSeeds();

inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}
