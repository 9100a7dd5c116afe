#include "search_hits.h"

#include "agents/item.h"
#include "fold_note.h"
#include "search_snippet.h"
#include "search_text.h"

#include <utility>

namespace agents {

bool isSearched(std::string_view shelf) { return shelf.starts_with(FoldPrefix) || shelf.starts_with("branch:"); }

std::optional<SearchHit> hitIn(std::string_view item, const std::vector<SearchTerm>& terms) {
  auto snippet = findIn(searchText(item), terms);
  if (!snippet) return std::nullopt;
  auto head = headOf(item);
  SearchHit hit;
  hit.role = std::move(head.role);
  hit.type = std::move(head.type);
  hit.snippet = *std::move(snippet);
  return hit;
}

}  // namespace agents
