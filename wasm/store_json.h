#pragma once

#include "agents/store.h"
#include "head.h"

#include <string>
#include <string_view>

// How the queries and changes of a store, and its answers, cross between C++ and TypeScript: one format, whichever side
// asks. Texts of items lie in the body, one after the other; the head has their lengths.
namespace agents::wasm {

HeadWriter headOf(const ReadQuery& query);
ReadQuery readQueryFrom(const HeadReader& head);

HeadWriter headOf(const Page& page);
Rope bodyOf(const Page& page);
// The page of a store that keeps what this core gave it, and is trusted with it.
Page pageFrom(const HeadReader& head, std::string body);

Origin originFrom(const HeadReader& head);

HeadWriter headOf(const std::string& conversationId, const Change& change);
Rope bodyOf(const Change& change);
// The items and texts of a change come from anyone: they are checked as those of `saveItems` are.
Change changeFrom(const HeadReader& head, std::string_view body);

HeadWriter headOf(const Applied& applied);
Applied appliedFrom(const HeadReader& head);

HeadWriter headOf(const ListQuery& query);
ListQuery listQueryFrom(const HeadReader& head);
HeadWriter headOf(const ConversationPage& page);
ConversationPage conversationPageFrom(const HeadReader& head);

}  // namespace agents::wasm
