#include "server_tail.h"

#include "agents/json_text.h"
#include "agents/open_run.h"

#include <algorithm>

namespace agents {

namespace {

// What a message says, whether its content is a text or parts, to which a server adds members of its own. Lists leave
// the data of images and files out.
std::string wordsOf(std::string_view item) {
  auto content = json::member(item, "content").value_or("");
  if (json::isString(content)) return json::unquote(content);
  if (!json::isArray(content)) return {};
  std::string words;
  for (auto part : json::elements(content)) {
    auto text = json::stringMember(part, "text");
    if (!text) text = json::stringMember(part, "refusal");
    words += text ? *text : json::stringMember(part, "type").value_or("");
  }
  return words;
}

bool isSame(std::string_view one, std::string_view other) {
  auto head = headOf(one);
  auto otherHead = headOf(other);
  if (head.type != otherHead.type || head.callId != otherHead.callId || head.role != otherHead.role) return false;
  if (!head.callId.empty()) return true;
  if (head.type == "message") return wordsOf(one) == wordsOf(other);
  auto id = idOf(one);
  return (!id.empty() && id == idOf(other)) || json::canonical(one) == json::canonical(other);
}

}  // namespace

ItemTexts textsOf(const Items& items) {
  auto array = "[" + items.text.text() + "]";
  auto elements = json::elements(array);
  return {elements.begin(), elements.end()};
}

Items itemsOf(const ItemTexts& texts) {
  Items items;
  for (const auto& text : texts) items.append(text);
  return items;
}

std::string idOf(std::string_view item) { return json::stringMember(item, "id").value_or(""); }

std::string lastIdOf(const ItemTexts& items) { return items.empty() ? std::string() : idOf(items.back()); }

std::optional<std::size_t> behind(const ItemTexts& tail, const std::string& id) {
  for (auto at = tail.size(); at > 0 && !id.empty(); --at) {
    if (idOf(tail[at - 1]) == id) return at;
  }
  return std::nullopt;
}

std::optional<std::size_t> placeOf(const ItemTexts& tail, std::size_t from, const ItemTexts& wanted) {
  for (auto end = tail.size(); end >= from + wanted.size() && !wanted.empty(); --end) {
    auto begin = tail.begin() + static_cast<std::ptrdiff_t>(end - wanted.size());
    if (std::equal(wanted.begin(), wanted.end(), begin, isSame)) return end;
  }
  return std::nullopt;
}

ItemTexts missingOutputs(const ItemTexts& tail, const std::vector<Batch>& known) {
  ItemTexts outputs;
  std::vector<Batch> said{{{}, itemsOf(tail)}};
  for (const auto& call : unansweredCalls(said)) {
    auto callId = headOf(call).callId;
    std::optional<std::string> output;
    for (const auto& batch : known) {
      for (auto& item : textsOf(batch.items)) {
        auto head = headOf(item);
        if (head.isOutput() && head.callId == callId) output = std::move(item);
      }
    }
    if (!output) output = outputFor(call, "aborted");
    if (output) outputs.push_back(*std::move(output));
  }
  return outputs;
}

ItemTexts saidFrom(const ItemTexts& tail, std::size_t from) {
  ItemTexts said;
  for (; from < tail.size() && headOf(tail[from]).role != "user" && !headOf(tail[from]).isOutput(); ++from) {
    said.push_back(tail[from]);
  }
  return said;
}

}  // namespace agents
