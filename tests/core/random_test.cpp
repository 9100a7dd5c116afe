#include "agents/random.h"

#include <doctest/doctest.h>

#include <set>

using namespace agents;

TEST_CASE("random ids have 22 characters of [0-9a-v] and do not meet") {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    auto id = randomId();
    CHECK(id.size() == 22);
    CHECK(id.find_first_not_of("0123456789abcdefghijklmnopqrstuv") == std::string::npos);
    CHECK(ids.insert(id).second);
  }
}

TEST_CASE("random fractions lie from 0 up to 1, on both sides of the middle") {
  int high = 0;
  for (int i = 0; i < 1000; ++i) {
    auto fraction = randomFraction();
    CHECK(fraction >= 0);
    CHECK(fraction < 1);
    high += fraction >= 0.5;
  }
  CHECK(high > 300);
  CHECK(high < 700);
}
