#include "session/iso_time.h"

#include <doctest/doctest.h>

using namespace agents;

TEST_CASE("a time is written to the millisecond, in UTC") {
  CHECK(isoTime(0) == "1970-01-01T00:00:00.000Z");
  CHECK(isoTime(951'782'399'007) == "2000-02-28T23:59:59.007Z");
  CHECK(isoTime(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(isoTime(1'795'341'600'123) == "2026-11-22T10:00:00.123Z");
  CHECK(isoTime(nowMs()) > "2025");
}
