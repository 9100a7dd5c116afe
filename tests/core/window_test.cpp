#include "session/window.h"

#include "agents/json_text.h"
#include "agents/session.h"
#include "agents/stores.h"
#include "support/short_items.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

// What a session with this history gives with maxItems.
std::string loaded(const std::string& names, std::size_t maxItems) {
  auto store = makeMemoryStore();
  appendShort(*store, "c", names);
  StoreSession session({std::move(store)});
  auto page = sync(session.load("c", {maxItems, ReadQuery::Detail::Origins}));
  auto origins = "[" + page.origins + "]";
  CHECK(json::elements(origins).size() == page.items.count);
  auto all = shortNames(page.items);
  CHECK(split(all).size() == page.items.count);
  return all;
}

}  // namespace

TEST_CASE("maxItems gives at most so many of the newest items") {
  CHECK(loaded("u1 a1 u2 a2", 2) == "u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 4) == "u1 a1 u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 100) == "u1 a1 u2 a2");
  CHECK(loaded("u1 a1 u2 a2", 0).empty());
  CHECK(loaded("u1 a1 a2 a3", 2) == "a2 a3");
  CHECK(loaded("u1 a1", static_cast<std::size_t>(-1)) == "u1 a1");
}

TEST_CASE("an output whose call is cut is left out") {
  CHECK(loaded("u1 c1 o1 a1 u2", 3) == "a1 u2");
  CHECK(loaded("u1 c1 o1 a1 u2", 4) == "c1 o1 a1 u2");
  CHECK(loaded("u1 c1 c2 o1 o2 a1", 4) == "c2 o2 a1");
  CHECK(loaded("u1 c1 c2 o1 o2 a1", 3) == "a1");
  CHECK(loaded("c1 o1", 1).empty());
}

TEST_CASE("what the model said after reasoning that is cut is left out") {
  CHECK(loaded("u1 r1 a1 u2 a2", 3) == "u2 a2");
  CHECK(loaded("u1 r1 c1 o1 r2 a1", 4) == "r2 a1");
  CHECK(loaded("u1 r1 a1 u2", 3) == "r1 a1 u2");
  CHECK(loaded("u1 r1 r2 a1 u2", 3) == "u2");
  CHECK(loaded("u1 r1 w1 a1 u2", 3) == "u2");
}

TEST_CASE("calls made at once are left out when the reasoning before them is cut, however far before") {
  CHECK(loaded("u1 r1 c1 c2 o1 o2 a1", 4) == "a1");
  CHECK(loaded("u1 r1 a1 c1 c2 o1 o2 a2", 4) == "a2");
  CHECK(loaded("u1 r1 c1 c2 c3 c4 o1 o2 o3 o4 a1", 6) == "a1");
}

TEST_CASE("a history that fits stays as it is, orphans included") { CHECK(loaded("o1 a1 c2", 3) == "o1 a1 c2"); }
