#pragma once

#include <string>

namespace agents {

// 22 characters of [0-9a-v], 110 bits of the system's randomness.
std::string randomId();

// From 0 up to 1.
double randomFraction();

}  // namespace agents
