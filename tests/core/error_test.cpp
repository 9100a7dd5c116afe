#include "agents/error.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace agents;

TEST_CASE("every code has a name of its own, and the name leads back to it") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
    auto code = static_cast<ErrorCode>(i);
    CHECK(names.insert(codeName(code)).second);
    CHECK(codeFromName(codeName(code)) == code);
  }
  CHECK(codeFromName("no such code") == ErrorCode::Internal);
}
