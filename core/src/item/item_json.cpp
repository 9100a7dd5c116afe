#include "agents/error.h"
#include "agents/item.h"
#include "agents/item_types.h"
#include "agents/json_text.h"

#include <algorithm>

namespace agents {

namespace {

std::string userMessage(std::string_view quotedText) {
  return "{\"role\":\"user\",\"content\":" + std::string(quotedText) + "}";
}

[[noreturn]] void refuse(std::string_view what, const std::string& why) {
  throw AgentsError(ErrorCode::SessionInvalidItem, std::string(what) + " " + why);
}

// `{type: 'user', content}` is how the guide writes a user message; the wire calls it `role`.
std::string withoutUserType(std::string_view item) {
  std::string message = "{\"role\":\"user\"";
  for (const auto& member : json::members(item)) {
    if (member.key == "\"type\"" || member.key == "\"role\"") continue;
    message += ',';
    message += member.key;
    message += ':';
    message += member.value;
  }
  return message += '}';
}

std::string normalise(std::string_view element, std::string_view what, std::size_t index) {
  if (json::isString(element)) return userMessage(element);
  if (!json::isObject(element)) {
    refuse(what, "must hold objects or strings, but the element at index " + std::to_string(index) + " is " +
                     (json::isArray(element) ? "an array." : "neither."));
  }
  if (json::member(element, "type") == "\"user\"") return withoutUserType(element);
  return std::string(element);
}

}  // namespace

void Items::append(std::string_view item) {
  if (count > 0) {
    text.append("," + std::string(item));
  } else {
    text.append(std::string(item));
  }
  ++count;
}

void Items::append(const Items& more) {
  appendElements(text, more.text);
  count += more.count;
}

bool ItemHead::isCall() const {
  return std::any_of(Pairs.begin(), Pairs.end(),
                     [&](const PairTypes& pair) { return pair.asksClient && pair.call == type; });
}

bool ItemHead::isOutput() const { return type.ends_with("_call_output"); }

std::string_view ItemHead::callType() const {
  std::string_view call = type;
  if (isOutput()) call.remove_suffix(std::string_view("_output").size());
  return call.ends_with("_call") ? call : std::string_view();
}

bool ItemHead::saidByModel() const { return isReasoning() || role == "assistant" || type.ends_with("_call"); }

ItemHead headOf(std::string_view item) {
  ItemHead head;
  if (!json::isObject(item)) return head;
  for (const auto& member : json::members(item)) {
    if (!json::isString(member.value)) continue;
    if (member.key == "\"type\"") head.type = json::unquote(member.value);
    if (member.key == "\"role\"") head.role = json::unquote(member.value);
    if (member.key == "\"call_id\"") head.callId = json::unquote(member.value);
  }
  if (head.type.empty() && !head.role.empty()) head.type = "message";
  if (namesCallInId(head.type)) head.callId = json::stringMember(item, "id").value_or(head.callId);
  return head;
}

Items parseItems(std::string_view input, std::string_view what) {
  json::Flaw flaw;
  auto text = json::compact(input, &flaw);
  if (!text) refuse(what, flaw.reason + ".");
  Items items;
  if (json::isString(*text)) {
    items.append(userMessage(*text));
    return items;
  }
  if (!json::isArray(*text)) refuse(what, "must be a string or an array of items.");
  // One text for all of them: a rope of many small slices would be slow to write out.
  std::string joined;
  joined.reserve(text->size());
  for (auto element : json::elements(*text)) {
    if (items.count > 0) joined += ',';
    joined += normalise(element, what, items.count);
    ++items.count;
  }
  items.text.append(std::move(joined));
  return items;
}

std::vector<Batch> batchesOf(const Items& items, const std::vector<Origin>& origins) {
  if (origins.empty()) return {{{}, items}};
  if (origins.size() != items.count) {
    throw AgentsError(ErrorCode::InvalidArgument, "options.origins must have one origin for each item.");
  }
  std::vector<Batch> batches;
  auto array = "[" + items.text.text() + "]";
  auto elements = json::elements(array);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i == 0 || origins[i] != origins[i - 1]) batches.push_back({origins[i]});
    batches.back().items.append(elements[i]);
  }
  return batches;
}

std::optional<std::string> outputText(std::string_view item) {
  if (headOf(item).type != "message") return std::nullopt;
  auto content = json::member(item, "content");
  if (!content || !json::isArray(*content)) return std::nullopt;
  std::string text;
  for (auto part : json::elements(*content)) {
    if (json::member(part, "type") != "\"output_text\"") continue;
    text += json::stringMember(part, "text").value_or("");
  }
  return text;
}

std::string functionCallOutput(std::string_view callId, std::string_view output) {
  return "{\"type\":\"function_call_output\",\"call_id\":" + json::quote(callId) +
         ",\"output\":" + json::quote(output) + "}";
}

}  // namespace agents
