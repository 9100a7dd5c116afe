#include "agents/rope.h"

#include <doctest/doctest.h>

#include <random>

using namespace agents;

TEST_CASE("a rope is the texts that were appended, in order") {
  Rope rope;
  CHECK(rope.empty());
  rope.append(std::string("ab"));
  rope.append(std::string());
  rope.append(Rope("cd"));
  CHECK(rope.text() == "abcd");
  CHECK(rope.size() == 4);
  CHECK(rope.slices().size() == 2);
}

TEST_CASE("a copy of a rope shares its text and goes its own way") {
  Rope rope(std::string(1000, 'x'));
  auto copy = rope;
  CHECK(copy.slices()[0].view().data() == rope.slices()[0].view().data());
  copy.append(std::string("y"));
  CHECK(rope.size() == 1000);
  CHECK(copy.size() == 1001);
}

TEST_CASE("a rope can be appended to itself") {
  Rope rope("ab");
  rope.append(std::string("c"));
  rope.append(rope);
  CHECK(rope.text() == "abcabc");
}

TEST_CASE("a slice that continues the last one becomes part of it") {
  auto buffer = std::make_shared<const std::string>("0123456789");
  Rope rope;
  rope.append(Slice{buffer, 2, 3});
  rope.append(Slice{buffer, 5, 2});
  rope.append(Slice{buffer, 8, 1});
  rope.append(Slice{buffer, 4, 0});
  CHECK(rope.text() == "234568");
  CHECK(rope.slices().size() == 2);
}

TEST_CASE("elements are joined by commas, and nothing is joined to nothing") {
  Rope rope;
  appendElements(rope, Rope());
  CHECK(rope.empty());
  appendElements(rope, Rope("1"));
  appendElements(rope, Rope());
  appendElements(rope, Rope("2,3"));
  CHECK(rope.text() == "1,2,3");
}

TEST_CASE("texts of an arena stay where they are while it grows") {
  TextArena arena;
  std::mt19937 random(1);
  std::vector<std::pair<Slice, std::string>> kept;
  for (int i = 0; i < 500; ++i) {
    std::string text(random() % 3000, static_cast<char>('a' + i % 26));
    kept.emplace_back(arena.add(text), text);
  }
  kept.emplace_back(arena.add(std::string(200'000, 'z')), std::string(200'000, 'z'));
  arena = {};
  for (const auto& [slice, text] : kept) REQUIRE(slice.view() == text);
}

TEST_CASE("texts that follow each other in an arena are one slice, comma included") {
  TextArena arena;
  auto first = arena.add("1"), second = arena.add("2");
  Rope rope;
  rope.append(first);
  rope.append(Slice{second.buffer, second.offset - 1, second.size + 1});
  CHECK(rope.text() == "1,2");
  CHECK(rope.slices().size() == 1);
}

TEST_CASE("appending many ropes to one takes no longer than their number") {
  Rope rope;
  for (int i = 0; i < 200'000; ++i) appendElements(rope, Rope("x"));
  CHECK(rope.size() == 399'999);
}
