#include "agents/json_text.h"

#include "agents/json_ends.h"

#include <array>
#include <cstdint>

namespace agents::json {

namespace {

using End = const char* (*)(const char* at, const char* end);

// Behind what starts at `at`, as far as the text goes.
std::size_t behind(End endOf, std::string_view text, std::size_t at) {
  auto end = at < text.size() ? endOf(text.data() + at, text.data() + text.size()) : nullptr;
  return end ? static_cast<std::size_t>(end - text.data()) : text.size();
}

// Behind the value that starts at `at`. White space in text that was not made compact must not lead astray.
std::size_t behindValue(std::string_view text, std::size_t at) {
  auto isBetween = std::string_view(",: \t\n\r").find(text[at]) != std::string_view::npos;
  return isBetween ? at + 1 : behind(endOfValue, text, at);
}

void appendUtf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

std::uint32_t hexAt(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (char c : text.substr(at, 4)) {
    value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

bool isHighSurrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool isLowSurrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Appends the character of the \u escape at `at` and steps behind it, and behind its second half if it has one.
void appendEscapedUnit(std::string& out, std::string_view text, std::size_t& at) {
  auto unit = hexAt(text, at + 2);
  at += 6;
  if (isHighSurrogate(unit) && text.substr(at, 2) == "\\u" && isLowSurrogate(hexAt(text, at + 2))) {
    unit = 0x10000 + ((unit - 0xD800) << 10) + (hexAt(text, at + 2) - 0xDC00);
    at += 6;
  }
  bool lone = isHighSurrogate(unit) || isLowSurrogate(unit);
  appendUtf8(out, lone ? 0xFFFD : unit);
}

char escaped(char kind) {
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return kind;
  }
}

}  // namespace

std::string_view inner(std::string_view array) { return array.substr(1, array.size() - 2); }

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> found;
  for (std::size_t at = 1; array[at] != ']';) {
    if (array[at] == ',') ++at;
    auto end = behindValue(array, at);
    found.push_back(array.substr(at, end - at));
    at = end;
  }
  return found;
}

std::vector<Member> members(std::string_view object) {
  std::vector<Member> found;
  for (std::size_t at = 1; object[at] != '}';) {
    if (object[at] == ',') ++at;
    auto colon = behind(endOfString, object, at);
    auto end = behindValue(object, colon + 1);
    found.push_back({object.substr(at, colon - at), object.substr(colon + 1, end - colon - 1)});
    at = end;
  }
  return found;
}

std::optional<std::string_view> member(std::string_view object, std::string_view key) {
  if (!isObject(object)) return std::nullopt;
  std::optional<std::string_view> found;
  for (const auto& member : members(object)) {
    bool plain = member.key.substr(1, member.key.size() - 2) == key;
    bool same = plain || (member.key.find('\\') != std::string_view::npos && unquote(member.key) == key);
    if (same) found = member.value;
  }
  return found;
}

std::optional<std::string> stringMember(std::string_view object, std::string_view key) {
  auto value = member(object, key);
  if (!value || !isString(*value)) return std::nullopt;
  return unquote(*value);
}

std::string unquote(std::string_view string) {
  auto text = inner(string);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto backslash = std::min(text.find('\\', at), text.size());
    out += text.substr(at, backslash - at);
    at = backslash;
    if (at == text.size()) break;
    if (text[at + 1] == 'u') {
      appendEscapedUnit(out, text, at);
    } else {
      out += escaped(text[at + 1]);
      at += 2;
    }
  }
  return out;
}

std::string quote(std::string_view text) {
  static constexpr char Hex[] = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += Hex[static_cast<unsigned char>(c) >> 4];
          out += Hex[c & 0xF];
        } else {
          out += c;
        }
    }
  }
  return out += '"';
}

}  // namespace agents::json
