#include "agents/tokens.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace agents {

namespace {

// In thousandths of a token, since sums of fractions would depend on how a text is cut. Fitted to o200k_base, which
// cuts texts into words, rows of signs, threes of digits and the space between them, on prose, code and JSON.
constexpr std::uint16_t Word = 970;
constexpr std::uint16_t Long = 470;  // for each letter of a word from the ninth on
constexpr std::uint16_t Accent = 500;
constexpr std::uint16_t Digits = 1200;
constexpr std::uint16_t Sign = 840;
constexpr std::uint16_t MoreSigns = 90;
constexpr std::uint16_t Line = 480;
constexpr std::uint16_t Indent = 880;
constexpr std::uint16_t Cyrillic = 250;  // Greek too
constexpr std::uint16_t Script = 333;    // other alphabets
constexpr std::uint16_t Han = 765;       // kana too
constexpr std::uint16_t Hangul = 745;
constexpr std::uint16_t Emoji = 1370;
constexpr std::uint16_t Code = 670;  // hex, base64
constexpr std::int64_t Image = 1024'000;
constexpr std::int64_t SmallImage = 85'000;
constexpr std::size_t ItemTokens = 4;
constexpr std::size_t LongFrom = 9;

bool isDigit(unsigned char c) { return c >= '0' && c <= '9'; }

enum class Kind : std::uint8_t { None, Lower, Upper, Accent, Digit, Sign, Space, Line, Whole };

struct Class {
  Kind kind = Kind::None;
  std::uint16_t weight = 0;  // of Kind::Whole: what each character costs
};

// Of UTF-8 the first byte tells the script well enough.
constexpr Class classOf(unsigned c) {
  if (c >= 'a' && c <= 'z') return {Kind::Lower};
  if (c >= 'A' && c <= 'Z') return {Kind::Upper};
  if (c >= '0' && c <= '9') return {Kind::Digit};
  if (c == ' ' || c == '\t') return {Kind::Space};
  if (c < ' ') return {Kind::Line};
  if (c < 0x80 || c == 0xE2) return {Kind::Sign};
  if (c < 0xC0) return {};
  if (c < 0xC6) return {Kind::Accent};
  if (c < 0xD4) return {Kind::Whole, Cyrillic};
  if (c < 0xE2) return {Kind::Whole, Script};
  if (c < 0xEA || c == 0xEF) return {Kind::Whole, Han};
  return {Kind::Whole, c < 0xEF ? Hangul : Emoji};
}

constexpr auto Classes = [] {
  std::array<Class, 256> classes{};
  for (unsigned c = 0; c < classes.size(); ++c) classes[c] = classOf(c);
  return classes;
}();

// The first byte of a UTF-16 unit in UTF-8.
unsigned char leadOf(unsigned unit) {
  if (unit < 0x80) return static_cast<unsigned char>(unit);
  if (unit < 0x800) return 0xC3;
  if (unit >= 0xDC00 && unit < 0xE000) return 0x80;  // the second half of a pair
  return unit >= 0xD800 && unit < 0xDC00 ? 0xF0 : static_cast<unsigned char>(0xE0 | (unit >> 12));
}

// What each character adds to those before it.
class Weigher {
 public:
  std::uint16_t add(Class next) {
    auto last = std::exchange(last_, next.kind);
    length_ = last == last_ ? length_ + 1 : 1;
    switch (next.kind) {
      case Kind::Lower:
      case Kind::Upper:
      case Kind::Accent:
        return letter(last);
      case Kind::Digit:
        return length_ % 3 == 1 ? Digits : 0;
      case Kind::Sign:
        return length_ == 1 ? Sign : MoreSigns;
      case Kind::Space:
        return length_ == 2 ? Indent : 0;
      case Kind::Line:
        return length_ == 1 ? Line : 0;
      default:
        return next.weight;
    }
  }

 private:
  static bool isLetter(Kind kind) { return kind == Kind::Lower || kind == Kind::Upper || kind == Kind::Accent; }

  std::uint16_t letter(Kind last) {
    bool isAccent = std::exchange(last_, last_ == Kind::Upper ? Kind::Upper : Kind::Lower) == Kind::Accent;
    // Names of programs are words that begin with a capital inside.
    bool begins = !isLetter(last) || (last == Kind::Lower && last_ == Kind::Upper);
    letters_ = begins ? 1 : letters_ + 1;
    auto weight = begins ? Word : letters_ >= LongFrom ? Long : 0;
    return static_cast<std::uint16_t>(weight + (isAccent ? Accent : 0));
  }

  Kind last_ = Kind::None;
  std::size_t length_ = 0;
  std::size_t letters_ = 0;
};

// A run of characters without spaces and signs. Codes have digits all over, words do not.
class Run {
 public:
  // What hashes, keys and data are made of.
  static bool takes(unsigned char c) {
    auto kind = Classes[c].kind;
    bool isWord = kind == Kind::Lower || kind == Kind::Upper || kind == Kind::Digit;
    return isWord || c == '+' || c == '/' || c == '-' || c == '_';
  }

  void add(unsigned char c, std::uint16_t weight) {
    weight_ += weight;
    if (size_ > 0 && isDigit(c) != isDigit(last_)) ++switches_;
    last_ = c;
    ++size_;
  }
  bool isCode() const { return size_ >= 20 && switches_ * 6 >= size_; }
  std::size_t size() const { return size_; }
  std::int64_t weight() const { return isCode() ? static_cast<std::int64_t>(size_) * Code : weight_; }

 private:
  std::size_t size_ = 0;
  std::int64_t weight_ = 0;
  std::size_t switches_ = 0;
  unsigned char last_ = 0;
};

// A JSON string, as it arrives.
class Text {
 public:
  // False at the end of the string.
  bool take(unsigned char c) {
    if (hexLeft_ > 0) {
      unit_ = unit_ * 16 + (isDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
      if (--hexLeft_ == 0) add(leadOf(unit_));
    } else if (std::exchange(isEscaped_, false)) {
      if (c == 'u') {
        hexLeft_ = 4;
        unit_ = 0;
      } else {
        add(c == 'n' || c == 'r' ? '\n' : c == 't' ? ' ' : c);
      }
    } else if (c == '"') {
      endRun();
      return false;
    } else if (c == '\\') {
      isEscaped_ = true;
    } else {
      add(c);
    }
    return true;
  }

  std::size_t size() const { return size_; }
  std::int64_t weight() const { return weight_; }
  // One long code, with little around it as the start of a data: URL.
  bool isData() const { return data_ > 1024 && data_ + 64 > size_; }
  bool is(std::string_view text) const {
    return size_ == text.size() && std::equal(text.begin(), text.end(), start_.begin());
  }

 private:
  void add(unsigned char c) {
    if (size_ < start_.size()) start_[size_] = static_cast<char>(c);
    ++size_;
    if (Classes[c].kind == Kind::None) return;
    auto weight = weigher_.add(Classes[c]);
    if (Run::takes(c)) return run_.add(c, weight);
    endRun();
    weight_ += weight;
  }

  void endRun() {
    if (run_.isCode()) data_ = std::max(data_, run_.size());
    weight_ += run_.weight();
    run_ = {};
  }

  std::array<char, 24> start_;
  std::size_t size_ = 0;
  std::int64_t weight_ = 0;
  std::size_t data_ = 0;
  Weigher weigher_;
  Run run_;
  unsigned unit_ = 0;
  int hexLeft_ = 0;
  bool isEscaped_ = false;
};

// Reads JSON in pieces. Of numbers and names of members models see little.
class Count {
 public:
  void read(std::string_view json) {
    for (unsigned char c : json) {
      if (isInText_) {
        isInText_ = text_.take(c);
      } else if (c == ':') {
        key_ = text_;
        text_ = {};
      } else if (c == '"') {
        isInText_ = true;
      } else {
        addValue();
      }
    }
  }

  std::size_t tokens() {
    addValue();
    return static_cast<std::size_t>(std::max<std::int64_t>(weight_ + 999, 0) / 1000);
  }

 private:
  void addValue() {
    auto value = std::exchange(text_, {});
    if (value.size() == 0) return;
    if (key_.is("type")) {
      if (value.is("input_image") || value.is("computer_screenshot")) weight_ += Image;
    } else if (key_.is("detail")) {
      if (value.is("low")) weight_ -= Image - SmallImage;
    } else if (key_.is("encrypted_content")) {
      weight_ += static_cast<std::int64_t>(value.size()) * 200;
    } else if (key_.is("file_data")) {
      weight_ += static_cast<std::int64_t>(value.size()) * 60;
    } else if (!isHidden()) {
      weight_ += value.isData() ? Image : value.weight();
    }
  }

  // What only the server reads.
  bool isHidden() const {
    return key_.is("id") || key_.is("role") || key_.is("status") || key_.is("call_id") || key_.is("image_url");
  }

  bool isInText_ = false;
  Text text_;
  Text key_;
  std::int64_t weight_ = 0;
};

}  // namespace

std::size_t estimateTokens(std::string_view item) {
  Count count;
  count.read(item);
  return count.tokens() + ItemTokens;
}

std::size_t estimateTokens(const Items& items) {
  Count count;
  for (const auto& slice : items.text.slices()) count.read(slice.view());
  return count.tokens() + items.count * ItemTokens;
}

}  // namespace agents
