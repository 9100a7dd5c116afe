#pragma once

#include "item_scan.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace agents {

// The two halves of a pair: what asks for an output, and the output. Other items are neither.
struct Half {
  enum class Kind : std::uint8_t { None, Call, Output } kind = Kind::None;
  std::uint8_t tool = 0;    // which kind of tool
  std::string_view callId;  // empty where the server names none

  bool isCall() const { return kind == Kind::Call; }
  bool isOutput() const { return kind == Kind::Output; }
  bool belongsTo(const Half& other) const { return tool == other.tool && callId == other.callId; }
};
Half halfOf(const ItemMarks& marks);

bool isProgram(const Half& half);

// A shell of the server's own that is still at work gives its output later.
bool isHostedShellAtWork(const ItemMarks& marks);

// Whether reasoning can have led to the item.
bool followsReasoning(const ItemMarks& marks, const Half& half);

// By what a provider would know two items for the same one: the type and the identity, which is empty for items that
// have none.
struct Identity {
  std::string_view type;
  std::string_view id;
};
Identity identityOf(const ItemMarks& marks, const Half& half);

}  // namespace agents
