#include "agents/sse.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace agents;

namespace {

// name=data of every event, of a stream that comes in these pieces.
std::vector<std::string> eventsOf(const std::vector<std::string>& pieces) {
  SseReader reader;
  std::vector<std::string> all;
  for (const auto& piece : pieces) {
    for (const auto& event : reader.feed(piece)) all.push_back(event.name + "=" + event.data);
  }
  if (auto last = reader.finish()) all.push_back(last->name + "=" + last->data);
  CHECK_FALSE(reader.finish());
  return all;
}

std::vector<std::string> bytesOf(const std::string& text) {
  std::vector<std::string> bytes;
  for (char c : text) bytes.emplace_back(1, c);
  return bytes;
}

struct Sample {
  std::string stream;
  std::vector<std::string> events;
};

const std::vector<Sample> Samples{
    {"", {}},
    {"\n\n\r\n\r\r", {}},
    {"data: a\n\n", {"=a"}},
    {"event: e\ndata: a\n\nevent: f\ndata: b\n\n", {"e=a", "f=b"}},
    {"event: e\r\ndata: a\r\n\r\ndata: b\r\n\r\n", {"e=a", "=b"}},
    {"event: e\rdata: a\r\rdata: b\r\r", {"e=a", "=b"}},
    {"data: a\r\ndata: b\r\n\r\n", {"=a\nb"}},
    {"data: a\n\r\ndata: b\r\r\n", {"=a", "=b"}},
    {"data:a\ndata: b\ndata:  c\ndata\ndata:\n\n", {"=a\nb\n c\n\n"}},
    {": comment\n:\ndata: a\n: more\n\n: keep-alive\n\n", {"=a"}},
    {"\xEF\xBB\xBF"
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     {"=a"}},
    {"event: lost\n\ndata: a\n\n", {"=a"}},
    {"id: 7\nretry: 10\nfoo: bar\nfoo\ndata: a\n\n", {"=a"}},
    {"data: a\n\ndata: [DONE]\n\n", {"=a", "=[DONE]"}},
    {"data: a", {"=a"}},
    {"event: e\ndata: a\n", {"e=a"}},
    {"data: a\r", {"=a"}},
    {"data: a\n\ndata", {"=a", "="}},
    {"event: e", {}},
    {"data: {\"a\":\"\xF0\x9F\x98\x80 \\n\"}\n\n", {"={\"a\":\"\xF0\x9F\x98\x80 \\n\"}"}},
    {" data: a\ndata : b\nDATA: c\n\n", {}},
    {std::string("data: a\0b\n\n", 11), {std::string("=a\0b", 4)}},
};

}  // namespace

TEST_CASE("events are read from a stream that comes whole") {
  for (const auto& sample : Samples) {
    CAPTURE(sample.stream);
    CHECK(eventsOf({sample.stream}) == sample.events);
  }
}

TEST_CASE("events are read from a stream that comes byte by byte") {
  for (const auto& sample : Samples) {
    CAPTURE(sample.stream);
    CHECK(eventsOf(bytesOf(sample.stream)) == sample.events);
  }
}

TEST_CASE("events are read from a stream however it is split") {
  std::mt19937 random(3);
  for (const auto& sample : Samples) {
    for (std::size_t split = 0; split <= sample.stream.size(); ++split) {
      CAPTURE(sample.stream);
      CAPTURE(split);
      REQUIRE(eventsOf({sample.stream.substr(0, split), "", sample.stream.substr(split)}) == sample.events);
    }
  }
  std::string all;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const auto& sample = Samples[2 + static_cast<std::size_t>(i) % 7];
    all += sample.stream;
    expected.insert(expected.end(), sample.events.begin(), sample.events.end());
  }
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < all.size();) {
      auto size = 1 + random() % 20;
      pieces.push_back(all.substr(at, size));
      at += size;
    }
    REQUIRE(eventsOf(pieces) == expected);
  }
}

TEST_CASE("an event is given as soon as its blank line is there, before the LF of a CR LF") {
  SseReader reader;
  CHECK(reader.feed("data: a\r\n").empty());
  CHECK(reader.feed("\r").size() == 1);
  CHECK(reader.feed("\n").empty());
}

TEST_CASE("an event of megabytes in small pieces takes no longer than its length") {
  SseReader reader;
  reader.feed("data: ");
  const std::string piece(100, 'x');
  for (int i = 0; i < 50'000; ++i) CHECK(reader.feed(piece).empty());
  auto events = reader.feed("\n\n");
  REQUIRE(events.size() == 1);
  CHECK(events[0].data.size() == 5'000'000);
}
