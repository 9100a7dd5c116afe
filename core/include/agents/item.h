#pragma once

#include "agents/rope.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agents {

// An item is one input or output item of the Responses API, kept as the JSON text that the wire uses. A list of items
// is the text of a JSON array's elements, without the brackets, and their number.
struct Items {
  Rope text;
  std::size_t count = 0;

  void append(std::string_view item);
  void append(const Items& more);
};

// Who produced an item, and when in a run. Empty fields are unknown: a user's words have no agent.
struct Origin {
  std::string agent;
  std::string runId;
  std::optional<int> turn;  // from 1; the run's own input has 0

  bool operator==(const Origin&) const = default;
};

// What an item that is brought from elsewhere is known by there.
struct Kept {
  std::string uid;
  std::string at;  // ISO 8601, UTC, with milliseconds
};

// Items that came in one go from one source.
struct Batch {
  Origin origin;
  Items items = {};
  // What another SDK knows of each item beside its wire form: JSON texts, "" for none; or no texts at all.
  std::vector<std::string> sdk = {};
  // The name and the time that each item has already, for items that were stored elsewhere before; or none at all.
  std::vector<Kept> kept = {};
};

// The items as batches of one origin each, in their order. `origins` has one for each item, or is empty: all unknown.
std::vector<Batch> batchesOf(const Items& items, const std::vector<Origin>& origins);

// What the run loop and the history rules read of an item; the rest of it stays text.
struct ItemHead {
  std::string type;  // "message" for messages that leave their type out
  std::string role;
  std::string callId;

  bool isCall() const;    // asks the client for an answer: function_call, custom_tool_call, …
  bool isOutput() const;  // answers such a call
  // Its own, or that of the call that it answers; empty for other items. Calls of hosted tools are among them.
  std::string_view callType() const;
  bool isReasoning() const { return type == "reasoning"; }
  bool saidByModel() const;  // the items of hosted tools too: they follow reasoning as well
};
ItemHead headOf(std::string_view item);

// The items that `input` stands for: a JSON string is one user message, an array is taken element by element, in which
// strings and `{type: 'user', content}` are user messages too. `what` names the argument in errors.
// Fails with SessionInvalidItem.
Items parseItems(std::string_view input, std::string_view what);

// The text of a message's `output_text` parts, joined; nothing for other items.
std::optional<std::string> outputText(std::string_view item);

std::string functionCallOutput(std::string_view callId, std::string_view output);

}  // namespace agents
