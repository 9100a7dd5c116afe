#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

struct SseEvent {
  std::string name;  // empty when the stream did not name it
  std::string data;
};

// Reads server-sent events from bytes in any chunking. It takes LF, CR LF and CR, comments, a byte order mark, data of
// several lines, and a last event without its blank line.
class SseReader {
 public:
  // The events that `bytes` completes.
  std::vector<SseEvent> feed(std::string_view bytes);
  // The event that the end of the stream completes, if one was under way.
  std::optional<SseEvent> finish();

 private:
  void line(std::string_view text, std::vector<SseEvent>& events);
  void dispatch(std::vector<SseEvent>& events);

  std::string rest_;  // of a line that is not complete
  SseEvent event_;
  bool hasData_ = false;
  bool first_ = true;
  bool skipLineFeed_ = false;
};

}  // namespace agents
