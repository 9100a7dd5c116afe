#include "item_scan.h"

#include "agents/json_ends.h"
#include "agents/json_text.h"

namespace agents {

namespace {

std::string_view slice(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

}  // namespace

bool ItemScan::next(ItemMarks* marks) {
  while (at_ == text_.size() || text_[at_] == ',') {
    if (at_ < text_.size()) {
      ++at_;
    } else if (!refill()) {
      return false;
    }
  }
  for (auto begin = at_;; begin = at_) {
    *marks = {};
    auto start = text_.data() + begin;
    auto end = text_.data() + text_.size();
    auto behind = *start == '{' ? read(start, end, marks) : json::endOfValue(start, end);
    if (!behind && join(begin)) continue;
    // What is no value, in a row that somebody damaged, must not hold up the rest.
    if (!behind || behind == start) behind = end;
    marks->text = slice(start, behind);
    at_ = begin + marks->text.size();
    return true;
  }
}

bool ItemScan::refill() {
  if (slice_ == items_.slices().size()) return false;
  text_ = items_.slices()[slice_++].view();
  at_ = 0;
  return true;
}

// Puts the item that begins here and the next slice into one text.
bool ItemScan::join(std::size_t begin) {
  if (slice_ == items_.slices().size()) return false;
  own_.emplace_back(text_.substr(begin)) += items_.slices()[slice_++].view();
  text_ = own_.back();
  at_ = 0;
  return true;
}

const char* ItemScan::read(const char* at, const char* end, ItemMarks* marks) {
  ++at;
  while (at != end && *at != '}') {
    if (*at == ',') ++at;
    auto key = at;
    at = at == end ? nullptr : json::endOfString(at, end);
    if (!at || end - at < 2) return nullptr;
    auto name = slice(key + 1, at - 1);
    auto value = ++at;
    at = json::endOfValue(value, end);
    if (!at) return nullptr;
    mark(name, slice(value, at), marks);
  }
  return at == end ? nullptr : at + 1;
}

void ItemScan::mark(std::string_view key, std::string_view value, ItemMarks* marks) {
  if (key == "caller") {
    bool isProgram = json::isObject(value) && json::member(value, "type") == "\"program\"";
    if (isProgram) marks->programId = own_.emplace_back(json::stringMember(value, "caller_id").value_or(""));
    return;
  }
  auto place = key == "type"                  ? &marks->type
               : key == "role"                ? &marks->role
               : key == "id"                  ? &marks->id
               : key == "call_id"             ? &marks->callId
               : key == "status"              ? &marks->status
               : key == "approval_request_id" ? &marks->approvalId
                                              : nullptr;
  if (place) *place = json::isString(value) ? textOf(value) : std::string_view();
}

std::string_view ItemScan::textOf(std::string_view string) {
  if (string.find('\\') == std::string_view::npos) return string.substr(1, string.size() - 2);
  return own_.emplace_back(json::unquote(string));
}

}  // namespace agents
