#include "search_snippet.h"

#include "utf8.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace agents {

namespace {

// In characters. What was found is shown whole unless it is very long.
constexpr std::size_t Before = 24;
constexpr std::size_t Width = 80;
constexpr std::size_t MaxWidth = 240;

// A piece of a text, in bytes.
struct Span {
  std::size_t from;
  std::size_t to;
};

// The words of a text, all at once.
class Words {
 public:
  explicit Words(std::string_view text) {
    for (WordReader reader(text); reader.next();) {
      spans_.push_back({reader.from(), reader.to()});
      all_ += reader.word();
      ends_.push_back(all_.size());
    }
  }

  std::size_t size() const { return spans_.size(); }

  bool has(const SearchTerm& term, std::size_t at) const {
    const auto& words = term.words;
    if (at + words.size() > size()) return false;
    for (std::size_t index = 0; index < words.size(); ++index) {
      auto word = wordAt(at + index);
      bool isPrefix = term.isPrefix && index + 1 == words.size();
      if (isPrefix ? !word.starts_with(words[index]) : word != words[index]) return false;
    }
    return true;
  }

  Span span(const SearchTerm& term, std::size_t at) const {
    return {spans_[at].from, spans_[at + term.words.size() - 1].to};
  }

 private:
  std::string_view wordAt(std::size_t index) const {
    auto from = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(all_).substr(from, ends_[index] - from);
  }

  std::string all_;
  std::vector<std::size_t> ends_;
  std::vector<Span> spans_;
};

// Where the terms are, in order and without overlaps; nothing unless all are there.
std::vector<Span> spansOf(const Words& words, const std::vector<SearchTerm>& terms) {
  std::vector<Span> found;
  std::uint64_t missing = terms.size() < 64 ? (1ULL << terms.size()) - 1 : ~0ULL;
  for (std::size_t at = 0; at < words.size(); ++at) {
    for (std::size_t term = 0; term < terms.size(); ++term) {
      if (!words.has(terms[term], at)) continue;
      missing &= ~(1ULL << term);
      auto span = words.span(terms[term], at);
      if (found.empty() || span.from >= found.back().to) {
        found.push_back(span);
      } else {
        found.back().to = std::max(found.back().to, span.to);
      }
    }
  }
  if (missing) found.clear();
  return found;
}

std::size_t back(std::string_view text, std::size_t at, std::size_t characters) {
  for (; at > 0 && characters > 0; --characters) {
    do --at;
    while (at > 0 && (text[at] & 0xC0) == 0x80);
  }
  return at;
}

std::size_t forward(std::string_view text, std::size_t at, std::size_t characters) {
  for (; at < text.size() && characters > 0; --characters) at += codePointAt(text, at).bytes;
  return at;
}

bool isSpace(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; }

// From the beginning of a word to the end of one, where there is a space near enough.
Span windowAround(std::string_view text, Span match) {
  auto from = back(text, match.from, Before);
  if (from > 0) {
    auto space = std::find_if(text.begin() + from, text.begin() + match.from, isSpace);
    if (space != text.begin() + match.from) from = static_cast<std::size_t>(space - text.begin()) + 1;
  }
  auto to = std::max(forward(text, from, Width), std::min(match.to, forward(text, from, MaxWidth)));
  if (to < text.size() && !isSpace(text[to])) {
    auto end = to;
    while (end > match.to && !isSpace(text[end - 1])) --end;
    if (end > match.to) to = end;
  }
  return {from, to};
}

// Writes a piece of a text in one line.
class SnippetWriter {
 public:
  void mark(std::string_view text, Span window, const std::vector<Span>& matches) {
    auto next = std::find_if(matches.begin(), matches.end(), [&](Span match) { return match.to > window.from; });
    for (auto at = window.from; at < window.to;) {
      if (next != matches.end() && at == next->from) begin_ = pending_ ? units_ + 1 : units_;
      auto [c, bytes] = codePointAt(text, at);
      add(text.substr(at, bytes), c);
      at += bytes;
      if (next == matches.end() || at < next->to) continue;
      if (begin_ < units_) snippet_.matches.emplace_back(begin_, units_);
      ++next;
    }
    if (next != matches.end() && next->from < window.to) snippet_.matches.emplace_back(begin_, units_);
  }

  // Shows that the text goes on here.
  void cut() {
    pending_ = false;
    put("\xE2\x80\xA6", 1);
  }

  void add(std::string_view character, char32_t c) {
    if (c <= ' ' || c == 0x7F) {
      pending_ = units_ > 0;
      return;
    }
    if (pending_) put(" ", 1);
    pending_ = false;
    put(character, c < 0x10000 ? 1 : 2);
  }

  Snippet take() { return std::move(snippet_); }

 private:
  void put(std::string_view text, std::size_t units) {
    snippet_.text += text;
    units_ += units;
  }

  Snippet snippet_;
  std::size_t units_ = 0;
  std::size_t begin_ = 0;
  bool pending_ = false;  // a space, if anything comes behind it
};

Snippet snippetOf(std::string_view text, const std::vector<Span>& matches) {
  auto window = windowAround(text, matches[0]);
  SnippetWriter writer;
  if (window.from > 0) writer.cut();
  writer.mark(text, window, matches);
  if (window.to < text.size()) writer.cut();
  return writer.take();
}

}  // namespace

std::optional<Snippet> findIn(std::string_view text, const std::vector<SearchTerm>& terms) {
  Words words(text);
  auto matches = spansOf(words, terms);
  if (matches.empty()) return std::nullopt;
  return snippetOf(text, matches);
}

}  // namespace agents
