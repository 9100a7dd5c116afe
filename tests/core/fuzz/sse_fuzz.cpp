#include "agents/sse.h"
#include "target.h"

#include <algorithm>
#include <string_view>

namespace {

using Events = std::vector<std::string>;

void add(Events& all, const agents::SseEvent& event) { all.push_back(event.name + "\n" + event.data); }

// The events of a stream in pieces whose sizes follow from `state`; whole when it is 0.
Events eventsOf(std::string_view stream, std::uint32_t state) {
  agents::SseReader reader;
  Events all;
  while (!stream.empty()) {
    state = state * 1664525 + (state ? 1013904223 : 0);
    auto size = std::min<std::size_t>(state ? (state >> 24) % 7 : stream.size(), stream.size());
    // In memory of its own, so that a look beyond its end is noticed.
    std::string piece(stream.substr(0, size));
    for (const auto& event : reader.feed(piece)) add(all, event);
    stream.remove_prefix(size);
  }
  if (auto last = reader.finish()) add(all, *last);
  require(!reader.finish(), "A finished stream gives nothing more.");
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view stream(reinterpret_cast<const char*>(data), size);
  auto whole = eventsOf(stream, 0);
  for (std::uint32_t state : {1u, 77u, 12345u}) {
    require(eventsOf(stream, state) == whole, "A stream gives the same events however it is split.");
  }
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {"event: a\ndata: {\"b\":1}\n\ndata: [DONE]\n\n", "data: a\r\ndata: b\r\n\r\n: c\r\n\r\n", "data: a\r\rdata\r",
          "\xEF\xBB\xBF"
          "data: a\n\nid: 1\nretry: 2\ndata:  b"};
}
