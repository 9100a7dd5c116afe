#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agents {

// What a search is for: items that have all of the words, the last one as the beginning of a word. Words in double
// quotes follow each other. Case, accents of Latin letters and the widths of letters make no difference.
struct SearchQuery {
  std::string text;
  std::size_t limit = 20;
  std::optional<std::string> after = std::nullopt;           // a cursor from an earlier page
  std::optional<std::string> conversationId = std::nullopt;  // only in this one
};

// A piece of an item's text, and which parts of it were found: from, to, in UTF-16 units.
struct Snippet {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> matches = {};
};

struct SearchHit {
  std::string conversationId;
  std::string uid;
  std::string shelf;  // empty in the active history
  std::string role;   // empty of items that have none
  std::string type;
  std::string createdAt;  // ISO 8601, UTC
  Snippet snippet = {};
};

// One step of a search. It has an end: as long as there is `next` or `isIndexing`, another step may find more.
struct SearchPage {
  std::vector<SearchHit> hits = {};  // the newest first; by conversation, the one changed last first, without an index
  std::optional<std::string> next = std::nullopt;
  bool hasIndex = false;
  // This step brought the index up to date, or a part of it; ask again with the same query.
  bool isIndexing = false;
  // About how much is indexed, of how much; or how many conversations this step looked through.
  std::size_t done = 0;
  std::size_t total = 0;
};

}  // namespace agents
