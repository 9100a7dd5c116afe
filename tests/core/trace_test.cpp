#include "agents/trace.h"

#include <doctest/doctest.h>

using namespace agents;

TEST_CASE("a trace names conversation and session, and the caller's members win") {
  CHECK(traceJson({"c\"1", "SQLiteSession", ""}) ==
        R"({"metadata":{"conversation_id":"c\"1","session_type":"SQLiteSession"}})");
  CHECK(traceJson({"c", "S", R"({"a":1,"conversation_id":"mine"})"}) ==
        R"({"metadata":{"conversation_id":"c","session_type":"S","a":1,"conversation_id":"mine"}})");
}

TEST_CASE("a trace without a session has the caller's members only") {
  CHECK(traceJson({"", "", ""}) == R"({"metadata":{}})");
  CHECK(traceJson({"", "", "null"}) == R"({"metadata":{}})");
  CHECK(traceJson({"", "", R"({"a":1})"}) == R"({"metadata":{"a":1}})");
  CHECK(traceJson({"c", "", "{}"}) == R"({"metadata":{"conversation_id":"c"}})");
}
