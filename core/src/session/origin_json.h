#pragma once

#include "agents/item.h"

#include <string>

namespace agents {

// Appends {"uid","agent","run","turn","at"} to the elements of an array; SqlStore builds the same in SQL.
void appendOrigin(std::string& elements, const std::string& uid, const Origin& origin, const std::string& at);

}  // namespace agents
