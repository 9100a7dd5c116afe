#pragma once

#include "agents/store.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

// How the queries and changes of a store, and its answers, cross between C++ and TypeScript: one format, whichever side
// asks. Texts of items lie in the body, one after the other; the head has their lengths.
namespace agents::wasm {

nlohmann::json headOf(const ReadQuery& query);
ReadQuery readQueryFrom(const nlohmann::json& head);

nlohmann::json headOf(const Page& page);
Rope bodyOf(const Page& page);
// The page of a store that keeps what this core gave it, and is trusted with it.
Page pageFrom(const nlohmann::json& head, std::string body);

nlohmann::json headOf(const std::string& conversationId, const Change& change);
Rope bodyOf(const Change& change);
// The items and texts of a change come from anyone: they are checked as those of `saveItems` are.
Change changeFrom(nlohmann::json head, std::string_view body);

nlohmann::json headOf(const Applied& applied);
Applied appliedFrom(const nlohmann::json& head, std::string body);

nlohmann::json headOf(const ListQuery& query);
ListQuery listQueryFrom(const nlohmann::json& head);
nlohmann::json headOf(const ConversationPage& page);
ConversationPage conversationPageFrom(const nlohmann::json& head);

}  // namespace agents::wasm
