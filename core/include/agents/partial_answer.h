#pragma once

#include "agents/model.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// Listens to the events of an answer on their way to its readers, and knows what has come so far.
class PartialAnswer final : public EventSink {
 public:
  // `next` outlives it.
  explicit PartialAnswer(EventSink* next) : next_(next) {}

  // Called with each piece of text that is said.
  std::function<void(const std::string&)> onText;

  Task<> emit(std::string wireEvent) override;

  // The items that are complete, then the message that was being said, marked incomplete, if it has any text.
  std::vector<std::string> items() const;

  void clear();

 private:
  void listen(std::string_view event);

  EventSink* next_;
  std::vector<std::string> done_;
  std::string messageId_;
  std::string text_;
};

}  // namespace agents
