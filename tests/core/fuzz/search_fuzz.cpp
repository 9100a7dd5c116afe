#include "agents/error.h"
#include "agents/json_text.h"
#include "session/search_snippet.h"
#include "session/search_text.h"
#include "session/utf8.h"
#include "target.h"

#include <algorithm>

using namespace agents;

namespace {

// A byte that is no character counts as one, as whoever decodes it puts one in its place.
std::size_t unitsOf(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();) {
    auto [c, bytes] = codePointAt(text, at);
    units += c < 0x10000 ? 1 : 2;
    at += bytes;
  }
  return units;
}

void checkSnippet(const Snippet& snippet) {
  require(!snippet.matches.empty(), "A snippet shows what was found.");
  std::size_t end = 0;
  for (auto [from, to] : snippet.matches) {
    require(from >= end && from < to, "Matches are in order, and none is empty.");
    end = to;
  }
  require(end <= unitsOf(snippet.text), "Matches lie in the snippet.");
  require(snippet.text.size() < 2000, "A snippet is short.");
}

// The first line is a search, the rest a text, and the item.
void check(const std::string& query, const std::string& text) {
  std::vector<SearchTerm> terms;
  try {
    terms = searchTerms(query);
  } catch (const AgentsError& error) {
    require(error.code() == ErrorCode::InvalidArgument, "A search may be too long.");
  }
  if (!terms.empty()) {
    for (char c : matchExpression(terms)) require(static_cast<unsigned char>(c) >= ' ', "An expression is words.");
    if (auto found = findIn(text, terms)) checkSnippet(*found);
  }
  auto words = wordsOf(text);
  require(wordsOf(words) == words || words.size() > 200, "Words are words.");
  for (WordReader reader(words); reader.next();) {
    SearchTerm term{{reader.word()}};
    require(findIn(text, {term}).has_value() || words.size() > 200, "Every word of a text is found in it.");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  // A store gives no items but those that are JSON.
  if (auto json = json::compact(input)) (void)searchText(*json);
  auto line = std::min(input.find('\n'), size);
  check(input.substr(0, line), line < size ? input.substr(line + 1) : "");
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {"one \"two three\nOne, two three: one two\tthree.",
          "\u672C\u8A9E\n\u65E5\u672C\u8A9E\U0001F680 \u00E9t\u00E9 e\u0301 \uFF26\uFF55",
          "a\n" + std::string(300, 'a') + "\n" + std::string(70, 'Q') + "\nb+c/d==",
          R"({"type":"function_call","name":"f","arguments":"{\"a\":[1,\"x\"]}","output":[{"text":"y"}]})"};
}
