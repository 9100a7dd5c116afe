#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// Reads the words of a text, as searches compare them: in lower case, Latin letters without their accents. In scripts
// that put no spaces between words each character is one, and so is each emoji and each sign. Words of more than 200
// bytes are left out, and so is what can only be data (base64): nobody looks for it, and an index of it would be large.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // Goes to the next word, if there is one.
  bool next();

  // Where the word is in the text, and what it is compared as: valid until the next one.
  std::size_t from() const { return from_; }
  std::size_t to() const { return to_; }
  const std::string& word() const { return word_; }

  // Whether anything was left out so far.
  bool hasSkipped() const { return hasSkipped_; }

 private:
  // As `next`, but a word may be too long.
  bool readWord();
  // Whether a run of data begins here, which it skips.
  bool skipData();

  std::string_view text_;
  std::string word_;
  std::size_t from_ = 0;
  std::size_t to_ = 0;
  std::size_t at_ = 0;
  std::size_t runEnd_ = 0;  // up to here it is known that there is no data
  bool hasSkipped_ = false;
};

// Words that follow each other.
struct SearchTerm {
  std::vector<std::string> words;
  bool isPrefix = false;  // the last word is the beginning of one
};

// What a text asks for: all of the terms. None when nothing can be found. Fails with InvalidArgument for more than 64
// words.
std::vector<SearchTerm> searchTerms(std::string_view text);

// The words of a text with spaces between them, for an index whose words end at spaces.
std::string wordsOf(std::string_view text);

// The terms as FTS5 takes them. What they match has all of the words, or nearly so: one letter as the beginning of a
// word would match about everything, and is left out beside other terms.
std::string matchExpression(const std::vector<SearchTerm>& terms);

}  // namespace agents
