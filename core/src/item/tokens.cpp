#include "agents/tokens.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace agents {

namespace {

// In thousandths of a token, since sums of fractions would depend on how a text is cut. Measured on o200k_base.
constexpr std::uint16_t Letter = 238;
constexpr std::uint16_t Digit = 333;
constexpr std::uint16_t Sign = 500;
constexpr std::uint16_t Script = 333;  // alphabets other than Latin
constexpr std::uint16_t Han = 800;     // kana too
constexpr std::uint16_t Hangul = 650;
constexpr std::uint16_t Emoji = 1370;
constexpr std::uint16_t Code = 690;  // hex, base64
constexpr std::int64_t Image = 1024'000;
constexpr std::int64_t SmallImage = 85'000;
constexpr std::size_t ItemTokens = 4;

bool isDigit(unsigned char c) { return c >= '0' && c <= '9'; }

constexpr std::uint16_t weightOf(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ') return Letter;
  if (c >= '0' && c <= '9') return Digit;
  if (c < 0x80) return Sign;
  // Of UTF-8 the first byte tells the script well enough.
  if (c < 0xC0) return 0;
  if (c < 0xE3) return Script;
  if (c < 0xEA) return Han;
  if (c < 0xEE) return Hangul;
  return c < 0xF0 ? Han : Emoji;
}

constexpr auto Weights = [] {
  std::array<std::uint16_t, 256> weights{};
  for (std::size_t c = 0; c < weights.size(); ++c) weights[c] = weightOf(static_cast<unsigned char>(c));
  return weights;
}();

// The first byte of a UTF-16 unit in UTF-8.
unsigned char leadOf(unsigned unit) {
  if (unit < 0x80) return static_cast<unsigned char>(unit);
  if (unit < 0x800) return 0xC3;
  if (unit >= 0xDC00 && unit < 0xE000) return 0x80;  // the second half of a pair
  return unit >= 0xD800 && unit < 0xDC00 ? 0xF0 : static_cast<unsigned char>(0xE0 | (unit >> 12));
}

// A run of characters without spaces and signs. Codes have digits all over, words do not.
class Word {
 public:
  // What hashes, keys and data are made of.
  static bool takes(unsigned char c) {
    return Weights[c] < Sign ? c < 0x80 && c != ' ' : c == '+' || c == '/' || c == '-' || c == '_';
  }

  void add(unsigned char c) {
    weight_ += Weights[c];
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
        // The ends of lines go with the words around them.
        add(c == 'n' || c == 't' || c == 'r' ? ' ' : c);
      }
    } else if (c == '"') {
      endWord();
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
    if (Word::takes(c)) return word_.add(c);
    endWord();
    weight_ += Weights[c];
  }

  void endWord() {
    if (word_.isCode()) data_ = std::max(data_, word_.size());
    weight_ += word_.weight();
    word_ = {};
  }

  std::array<char, 24> start_;
  std::size_t size_ = 0;
  std::int64_t weight_ = 0;
  std::size_t data_ = 0;
  Word word_;
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
