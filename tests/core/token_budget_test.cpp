#include "agents/tokens.h"

#include <doctest/doctest.h>

#include <string>

using namespace agents;

namespace {

std::string message(const char* role, int number) {
  return "{\"type\":\"message\",\"role\":\"" + std::string(role) + "\",\"content\":\"This is what was said as number " +
         std::to_string(1000 + number) + ".\"}";
}

// A question and its answer for each turn.
Items chat(int turns) {
  Items items;
  for (int i = 0; i < turns; ++i) {
    items.append(message("user", i));
    items.append(message("assistant", i));
  }
  return items;
}

}  // namespace

TEST_CASE("a history within the budget stays as it is") {
  auto items = chat(3);
  auto before = items.text.text();
  CHECK_FALSE(keepNewestTokens(items, estimateTokens(items)));
  CHECK(items.text.text() == before);
}

TEST_CASE("a longer history is cut before a user's message, to no more than the budget") {
  auto turn = estimateTokens(chat(1));
  for (int turns : {5, 9, 20, 57}) {
    auto items = chat(turns);
    REQUIRE(keepNewestTokens(items, 4 * turn));
    CHECK(estimateTokens(items) <= 4 * turn);
    CHECK(items.count >= 4);
    CHECK(items.text.text().starts_with("{\"type\":\"message\",\"role\":\"user\""));
    CHECK(items.text.text().ends_with(message("assistant", turns - 1)));
  }
}

TEST_CASE("the beginning stays the same for several turns, and then moves by a step") {
  auto budget = 16 * estimateTokens(chat(1));
  std::string beginning;
  int moves = 0;
  for (int turns = 20; turns < 60; ++turns) {
    auto items = chat(turns);
    REQUIRE(keepNewestTokens(items, budget));
    auto first = items.text.text().substr(0, message("user", 0).size());
    if (first != beginning) ++moves;
    beginning = first;
  }
  CHECK(moves <= 11);
}

TEST_CASE("a budget of nothing leaves nothing, and one item that is too long leaves nothing of it") {
  auto items = chat(3);
  CHECK(keepNewestTokens(items, 0));
  CHECK(items.count == 0);
  Items one;
  one.append(message("user", 1));
  CHECK(keepNewestTokens(one, 3));
  CHECK(one.count == 0);
}
