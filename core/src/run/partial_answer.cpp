#include "agents/partial_answer.h"

#include "agents/json_text.h"

#include <utility>

namespace agents {

Task<> PartialAnswer::emit(std::string wireEvent) {
  listen(wireEvent);
  co_await next_->emit(std::move(wireEvent));
}

std::vector<std::string> PartialAnswer::items() const {
  auto items = done_;
  if (text_.empty()) return items;
  auto id = messageId_.empty() ? "" : "\"id\":" + json::quote(messageId_) + ",";
  items.push_back("{" + id +
                  "\"type\":\"message\",\"role\":\"assistant\",\"status\":\"incomplete\",\"content\":[{\"type\":"
                  "\"output_text\",\"text\":" +
                  json::quote(text_) + ",\"annotations\":[]}]}");
  return items;
}

void PartialAnswer::clear() {
  done_.clear();
  messageId_.clear();
  text_.clear();
}

void PartialAnswer::listen(std::string_view event) {
  auto type = json::stringMember(event, "type").value_or("");
  if (type == "response.output_text.delta") {
    messageId_ = json::stringMember(event, "item_id").value_or("");
    auto delta = json::stringMember(event, "delta").value_or("");
    text_ += delta;
    if (onText) onText(delta);
  } else if (type == "response.output_item.done") {
    done_.emplace_back(json::member(event, "item").value_or("{}"));
    messageId_.clear();
    text_.clear();
  }
}

}  // namespace agents
