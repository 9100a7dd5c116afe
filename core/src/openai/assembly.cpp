#include "agents/assembly.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/wire.h"

#include <charconv>
#include <utility>

namespace agents {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw AgentsError(ErrorCode::ModelBehavior, what); }

// Servers other than OpenAI's leave the type out.
bool hasError(std::string_view event) {
  auto error = json::member(event, "error");
  return error && (json::isObject(*error) || json::isString(*error));
}

}  // namespace

void Assembly::take(std::string_view name, std::string_view event) {
  auto type = json::stringMember(event, "type").value_or(std::string(name));
  if (type == "error" || name == "error" || hasError(event)) throw wire::streamError(event);
  if (type == "response.output_item.done") return keep(event);
  bool terminal = type == "response.completed" || type == "response.failed" || type == "response.incomplete";
  if (!terminal) return;
  auto response = json::member(event, "response");
  if (!response) refuse("The event '" + type + "' has no response.");
  finish(*response);
}

void Assembly::keep(std::string_view event) {
  auto item = json::member(event, "item");
  auto index = json::member(event, "output_index");
  if (!item || !json::isObject(*item)) refuse("The event 'response.output_item.done' has no item.");
  // An index that is no number leaves the item behind the others.
  auto place = items_.size();
  if (index) std::from_chars(index->data(), index->data() + index->size(), place);
  items_[place] = *item;
}

void Assembly::finish(std::string_view response) {
  response_ = wire::parseResponse(response);
  // Some servers leave the list of their last event empty.
  if (!response_->output.empty()) return;
  for (auto& [index, item] : items_) response_->output.push_back(std::move(item));
}

}  // namespace agents
