#include "search_words.h"

#include "agents/error.h"
#include "utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace agents {

namespace {

constexpr std::size_t MaxWords = 64;
constexpr std::size_t MaxWordBytes = 200;
// Longer runs of the characters of base64 are data. Encoders break lines at 64 or 76.
constexpr std::size_t MaxRun = 200;
constexpr std::size_t DataLine = 60;

enum class Kind : std::uint8_t {
  Space,   // stands between words
  Letter,  // makes a word with those beside it
  Single,  // is a word
  Mark,    // belongs to the letter before it, and makes no difference
};

struct Range {
  char32_t from;  // up to the next one
  Kind kind;
};

constexpr std::array Ranges{Range{0x80, Kind::Space},     Range{0xAA, Kind::Letter},    Range{0xAB, Kind::Space},
                            Range{0xAD, Kind::Mark},      Range{0xAE, Kind::Space},     Range{0xB5, Kind::Letter},
                            Range{0xB6, Kind::Space},     Range{0xBA, Kind::Letter},    Range{0xBB, Kind::Space},
                            Range{0xC0, Kind::Letter},    Range{0xD7, Kind::Space},     Range{0xD8, Kind::Letter},
                            Range{0xF7, Kind::Space},     Range{0xF8, Kind::Letter},    Range{0x300, Kind::Mark},
                            Range{0x370, Kind::Letter},   Range{0x591, Kind::Mark},     Range{0x5BE, Kind::Space},
                            Range{0x5BF, Kind::Mark},     Range{0x5D0, Kind::Letter},   Range{0x60C, Kind::Space},
                            Range{0x60D, Kind::Letter},   Range{0x61B, Kind::Space},    Range{0x620, Kind::Letter},
                            Range{0x640, Kind::Mark},     Range{0x641, Kind::Letter},   Range{0x64B, Kind::Mark},
                            Range{0x660, Kind::Letter},   Range{0x6D4, Kind::Space},    Range{0x6D5, Kind::Letter},
                            Range{0x964, Kind::Space},    Range{0x966, Kind::Letter},   Range{0xE00, Kind::Single},
                            Range{0xF00, Kind::Letter},   Range{0x1000, Kind::Single},  Range{0x10A0, Kind::Letter},
                            Range{0x1780, Kind::Single},  Range{0x1800, Kind::Letter},  Range{0x2000, Kind::Space},
                            Range{0x200B, Kind::Mark},    Range{0x2010, Kind::Space},   Range{0x2060, Kind::Mark},
                            Range{0x2070, Kind::Letter},  Range{0x20A0, Kind::Single},  Range{0x20D0, Kind::Mark},
                            Range{0x2100, Kind::Letter},  Range{0x2190, Kind::Single},  Range{0x2C00, Kind::Letter},
                            Range{0x2E00, Kind::Space},   Range{0x2E80, Kind::Single},  Range{0x3000, Kind::Space},
                            Range{0x3005, Kind::Single},  Range{0x3008, Kind::Space},   Range{0x3040, Kind::Single},
                            Range{0xA000, Kind::Letter},  Range{0xAC00, Kind::Single},  Range{0xD800, Kind::Letter},
                            Range{0xF900, Kind::Single},  Range{0xFB00, Kind::Letter},  Range{0xFE00, Kind::Mark},
                            Range{0xFE10, Kind::Space},   Range{0xFE70, Kind::Letter},  Range{0xFEFF, Kind::Mark},
                            Range{0xFF00, Kind::Space},   Range{0xFF66, Kind::Single},  Range{0xFFE0, Kind::Space},
                            Range{0x10000, Kind::Letter}, Range{0x1B000, Kind::Single}, Range{0x1B300, Kind::Letter},
                            Range{0x1F000, Kind::Single}, Range{0x1F3FB, Kind::Mark},   Range{0x1F400, Kind::Single},
                            Range{0x1FB00, Kind::Letter}, Range{0x20000, Kind::Single}, Range{0x40000, Kind::Letter},
                            Range{0xE0000, Kind::Mark}};

bool isAsciiLetter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

Kind kindOf(char32_t c) {
  if (c < 0x80) return isAsciiLetter(c) ? Kind::Letter : Kind::Space;
  auto behind = std::upper_bound(Ranges.begin(), Ranges.end(), c,
                                 [](char32_t wanted, const Range& range) { return wanted < range.from; });
  return (behind - 1)->kind;
}

// U+00C0 to U+017F without case and accents; a point for letters that have no plain one.
constexpr std::string_view Plain =
    "aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.lllllll"
    "lllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(Plain.size() == 0x180 - 0xC0);

// Without case, width and the accents of Latin letters.
char32_t folded(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c < 0x180 && Plain[c - 0xC0] != '.') return static_cast<char32_t>(Plain[c - 0xC0]);
  if (c >= 0xC0 && c < 0xDF) return c + 32;
  if (c >= 0x132 && c < 0x180) return c | 1;
  if (c >= 0x391 && c < 0x3AA) return c + 32;
  if (c == 0x3C2) return 0x3C3;  // the sigma at the end of a word
  if (c >= 0x400 && c < 0x410) c += 80;
  if (c >= 0x410 && c < 0x430) return c + 32;
  if (c == 0x451) return 0x435;  // written with or without its points
  if (c >= 0x531 && c < 0x557) return c + 48;
  if (c >= 0x1E00 && c < 0x1F00) return c | 1;
  return c;
}

// A wide letter is another form of an ASCII one.
CodePoint charAt(std::string_view text, std::size_t at) {
  auto point = codePointAt(text, at);
  if (point.value >= 0xFF01 && point.value < 0xFF5F) point.value -= 0xFEE0;
  return point;
}

void appendUtf8(std::string& text, char32_t c) {
  auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      add(0xE0 | c >> 12);
    } else {
      add(0xF0 | c >> 18);
      add(0x80 | (c >> 12 & 0x3F));
    }
    add(0x80 | (c >> 6 & 0x3F));
  }
  add(0x80 | (c & 0x3F));
}

bool isOfData(char c) {
  return isAsciiLetter(static_cast<unsigned char>(c)) || c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
}

bool isLineEnd(char c) { return c == '\n' || c == '\r'; }

// Behind the run of characters of base64 that begins at `at`, over the ends of its lines.
std::size_t endOfRun(std::string_view text, std::size_t at) {
  for (auto line = at; at < text.size(); ++at) {
    if (isOfData(text[at])) continue;
    if (!isLineEnd(text[at]) || at < line + DataLine) break;
    while (at + 1 < text.size() && isLineEnd(text[at + 1])) ++at;
    line = at + 1;
  }
  return at;
}

// How long the space is that is here, if one is: wide and hard ones too.
std::size_t spaceAt(std::string_view text, std::size_t at) {
  if (static_cast<unsigned char>(text[at]) <= ' ') return 1;
  auto point = codePointAt(text, at);
  return point.value == 0xA0 || point.value == 0x3000 ? point.bytes : 0;
}

// The next piece of a query: what is in quotes, or has no space in it.
struct Piece {
  std::string_view text;
  bool isQuoted = false;
};

std::optional<Piece> nextPiece(std::string_view text, std::size_t& at) {
  while (at < text.size() && spaceAt(text, at)) at += spaceAt(text, at);
  if (at >= text.size()) return std::nullopt;
  bool isQuoted = text[at] == '"';
  if (isQuoted) ++at;
  auto from = at;
  if (isQuoted) {
    at = std::min(text.find('"', at), text.size());
    // Without its end, a quotation is still being written.
    Piece piece{text.substr(from, at - from), at < text.size()};
    if (at < text.size()) ++at;
    return piece;
  }
  while (at < text.size() && text[at] != '"' && !spaceAt(text, at)) ++at;
  return Piece{text.substr(from, at - from)};
}

}  // namespace

bool WordReader::skipData() {
  if (at_ < runEnd_ || !isOfData(text_[at_])) return false;
  runEnd_ = endOfRun(text_, at_);
  if (runEnd_ - at_ <= MaxRun) return false;
  at_ = runEnd_;
  hasSkipped_ = true;
  return true;
}

bool WordReader::next() {
  while (readWord()) {
    if (word_.size() <= MaxWordBytes) return true;
    hasSkipped_ = true;
  }
  return false;
}

bool WordReader::readWord() {
  word_.clear();
  while (at_ < text_.size()) {
    if (word_.empty() && skipData()) continue;
    auto [c, bytes] = charAt(text_, at_);
    auto kind = kindOf(c);
    bool ends = kind == Kind::Space || kind == Kind::Single;
    if (ends && !word_.empty()) return true;
    at_ += bytes;
    if (kind == Kind::Space || (kind == Kind::Mark && word_.empty())) continue;
    if (word_.empty()) from_ = at_ - bytes;
    to_ = at_;
    // What is too long is read to its end, and kept no further.
    if (kind != Kind::Mark && word_.size() <= MaxWordBytes) appendUtf8(word_, folded(c));
    if (kind == Kind::Single) return true;
  }
  return !word_.empty();
}

std::vector<SearchTerm> searchTerms(std::string_view text) {
  std::vector<SearchTerm> terms;
  std::size_t count = 0;
  for (std::size_t at = 0; auto piece = nextPiece(text, at);) {
    WordReader reader(piece->text);
    SearchTerm term;
    while (reader.next()) term.words.push_back(reader.word());
    // No text has such a word.
    if (reader.hasSkipped()) return {};
    count += term.words.size();
    if (count > MaxWords) {
      throw AgentsError(ErrorCode::InvalidArgument, "A search takes a text of at most 64 words.");
    }
    if (terms.size() > 0) terms.back().isPrefix = false;
    if (term.words.empty()) continue;
    term.isPrefix = !piece->isQuoted;
    terms.push_back(std::move(term));
  }
  return terms;
}

std::string wordsOf(std::string_view text) {
  std::string all;
  for (WordReader reader(text); reader.next();) {
    if (!all.empty()) all += ' ';
    all += reader.word();
  }
  return all;
}

std::string matchExpression(const std::vector<SearchTerm>& terms) {
  std::string all;
  for (const auto& term : terms) {
    bool isLetter = term.isPrefix && term.words.size() == 1 && term.words[0].size() == 1;
    if (isLetter && terms.size() > 1) continue;
    all += all.empty() ? "\"" : " \"";
    for (std::size_t index = 0; index < term.words.size(); ++index) {
      if (index > 0) all += ' ';
      all += term.words[index];
    }
    all += term.isPrefix ? "\"*" : "\"";
  }
  return all;
}

}  // namespace agents
