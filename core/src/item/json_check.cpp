#include "agents/json_text.h"

#include <array>
#include <cstdint>

namespace agents::json {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Reads one value and copies all but the white space between its tokens. It keeps its own stack of open brackets:
// recursion would let hostile nesting end the wasm instance.
class Checker {
 public:
  explicit Checker(std::string_view text) : at_(text.data()), begin_(at_), end_(at_ + text.size()) {
    out_.reserve(text.size());
  }

  bool run() {
    do {
      if (!value()) return false;
    } while (moreToRead());
    skipSpace();
    return !failed_ && at_ == end_;
  }

  std::string take() { return std::move(out_); }
  std::string reason() const {
    if (tooDeep_) return "is nested deeper than " + std::to_string(MaxDepth) + " levels";
    return "is not valid JSON at byte " + std::to_string(at_ - begin_);
  }

 private:
  // One value, or the opening of one: an object up to the value of its first member, an array up to its first element.
  bool value() {
    for (;;) {
      skipSpace();
      if (at_ == end_) return false;
      switch (*at_) {
        case '{':
          if (!open('{')) return false;
          if (closes('}')) return true;
          if (!key()) return false;
          continue;
        case '[':
          if (!open('[')) return false;
          if (closes(']')) return true;
          continue;
        case '"':
          return string();
        case 't':
          return word("true");
        case 'f':
          return word("false");
        case 'n':
          return word("null");
        default:
          return number();
      }
    }
  }

  // After a value: closes what ends here, and steps over the comma before the next value if there is one.
  bool moreToRead() {
    while (depth_ > 0) {
      skipSpace();
      if (at_ == end_) return fail();
      bool inObject = open_[depth_ - 1] == '{';
      if (*at_ == ',') {
        copy();
        if (inObject && !key()) return fail();
        return true;
      }
      if (!closes(inObject ? '}' : ']')) return fail();
    }
    return false;
  }

  bool open(char bracket) {
    if (depth_ == MaxDepth) {
      tooDeep_ = true;
      return false;
    }
    open_[depth_++] = bracket;
    copy();
    return true;
  }

  bool closes(char bracket) {
    skipSpace();
    if (at_ == end_ || *at_ != bracket) return false;
    --depth_;
    copy();
    return true;
  }

  bool key() {
    skipSpace();
    if (at_ == end_ || *at_ != '"' || !string()) return false;
    skipSpace();
    if (at_ == end_ || *at_ != ':') return false;
    copy();
    return true;
  }

  bool string() {
    copy();
    while (at_ != end_) {
      auto c = static_cast<unsigned char>(*at_);
      if (c == '"') return copy();
      if (c < 0x20) return false;
      if (c == '\\' ? !escape() : !character()) return false;
    }
    return false;
  }

  bool escape() {
    if (end_ - at_ < 2) return false;
    char kind = at_[1];
    if (kind == 'u') {
      if (end_ - at_ < 6) return false;
      for (int i = 2; i < 6; ++i) {
        if (!isHex(at_[i])) return false;
      }
      return copy(6);
    }
    return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos && copy(2);
  }

  // One well-formed UTF-8 sequence (Unicode 15, table 3-7).
  bool character() {
    auto lead = static_cast<std::uint8_t>(*at_);
    if (lead < 0x80) return copy();
    std::ptrdiff_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || end_ - at_ < length) return false;
    auto second = static_cast<std::uint8_t>(at_[1]);
    std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return false;
    for (std::ptrdiff_t i = 2; i < length; ++i) {
      if ((static_cast<std::uint8_t>(at_[i]) & 0xC0) != 0x80) return false;
    }
    return copy(length);
  }

  bool number() {
    if (at_ != end_ && *at_ == '-') copy();
    if (at_ != end_ && *at_ == '0') {
      copy();
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      copy();
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      copy();
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) copy();
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    auto start = at_;
    while (at_ != end_ && isDigit(*at_)) copy();
    return at_ != start;
  }

  bool word(std::string_view text) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, text.size()) != text) return false;
    return copy(static_cast<std::ptrdiff_t>(text.size()));
  }

  void skipSpace() {
    while (at_ != end_ && isSpace(*at_)) ++at_;
  }

  bool copy(std::ptrdiff_t count = 1) {
    out_.append(at_, static_cast<std::size_t>(count));
    at_ += count;
    return true;
  }

  bool fail() {
    failed_ = true;
    return false;
  }

  const char* at_;
  const char* begin_;
  const char* end_;
  std::string out_;
  std::array<char, MaxDepth> open_;
  std::size_t depth_ = 0;
  bool failed_ = false;
  bool tooDeep_ = false;
};

}  // namespace

std::optional<std::string> compact(std::string_view text, Flaw* flaw) {
  Checker checker(text);
  if (checker.run()) return checker.take();
  if (flaw) flaw->reason = checker.reason();
  return std::nullopt;
}

}  // namespace agents::json
