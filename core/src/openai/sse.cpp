#include "agents/sse.h"

#include <algorithm>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view ByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::vector<SseEvent> SseReader::feed(std::string_view bytes) {
  std::vector<SseEvent> events;
  while (!bytes.empty()) {
    if (std::exchange(skipLineFeed_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    auto end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      rest_ += bytes;
      break;
    }
    // The LF of a CR LF may come with the next bytes.
    skipLineFeed_ = bytes[end] == '\r';
    if (rest_.empty()) {
      line(bytes.substr(0, end), events);
    } else {
      rest_ += bytes.substr(0, end);
      line(std::exchange(rest_, {}), events);
    }
    bytes.remove_prefix(end + 1);
  }
  return events;
}

std::optional<SseEvent> SseReader::finish() {
  std::vector<SseEvent> events;
  if (!rest_.empty()) line(std::exchange(rest_, {}), events);
  dispatch(events);
  if (events.empty()) return std::nullopt;
  return std::move(events.front());
}

void SseReader::line(std::string_view text, std::vector<SseEvent>& events) {
  if (std::exchange(first_, false) && text.starts_with(ByteOrderMark)) text.remove_prefix(ByteOrderMark.size());
  if (text.empty()) return dispatch(events);
  auto colon = std::min(text.find(':'), text.size());
  auto field = text.substr(0, colon);
  auto value = text.substr(std::min(colon + 1, text.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field == "data") {
    if (std::exchange(hasData_, true)) event_.data += '\n';
    event_.data += value;
  }
}

void SseReader::dispatch(std::vector<SseEvent>& events) {
  auto event = std::exchange(event_, {});
  if (std::exchange(hasData_, false)) events.push_back(std::move(event));
}

}  // namespace agents
