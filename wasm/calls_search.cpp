#include "agents/session.h"
#include "calls.h"
#include "head.h"
#include "sessions.h"

#include <utility>

namespace agents::wasm {

namespace {

std::string jsonOf(const SearchHit& hit) {
  ListWriter matches;
  for (auto [from, to] : hit.snippet.matches) {
    ListWriter match;
    match.add(std::to_string(from));
    match.add(std::to_string(to));
    matches.add(match.take());
  }
  return HeadWriter()
      .text("conversationId", hit.conversationId)
      .text("uid", hit.uid)
      .text("shelf", hit.shelf)
      .text("role", hit.role)
      .text("type", hit.type)
      .text("createdAt", hit.createdAt)
      .text("snippet", hit.snippet.text)
      .json("matches", matches.take())
      .take();
}

// One step: {"hits","next","hasIndex","isIndexing","done","total"}
Task<Answer> search(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  SearchQuery query{head.text("text"), head.count("limit"), head.maybeText("after"), head.maybeText("conversationId")};
  auto page = co_await session->parts().store->search(std::move(query));
  ListWriter hits;
  for (const auto& hit : page.hits) hits.add(jsonOf(hit));
  HeadWriter answer;
  answer.json("hits", hits.take()).maybeText("next", page.next);
  answer.flag("hasIndex", page.hasIndex).flag("isIndexing", page.isIndexing);
  answer.count("done", static_cast<std::int64_t>(page.done)).count("total", static_cast<std::int64_t>(page.total));
  co_return Answer{answer.take(), {}};
}

}  // namespace

Operation searchOperation(std::string_view name) { return name == "session.search" ? search : nullptr; }

}  // namespace agents::wasm
