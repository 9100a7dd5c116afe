#pragma once

#include "agents/item.h"

#include <string>
#include <vector>

// What is done to items so that a provider takes them: it refuses a request in which a tool call has no output, an
// output has no call, or two items have one id. Histories that others wrote, cut or popped hold such things. Items are
// cut and joined as text, and those that nothing is wrong with are not even copied.
namespace agents {

// Whether reasoning items keep their ids, in what the model is sent and in what is stored. An id stands for an item
// that the server may have forgotten.
enum class ReasoningIds { Keep, Omit };

// What becomes of outputs in the history whose calls are not there.
enum class OrphanOutputs { Drop, Keep };

// Whether `normalised` would change nothing of `items` if all of them were history. It may say no where that is not so.
bool isWhole(const Items& items);

// Whether nothing of `items` can belong to other items, or be one of them once more: messages without ids.
bool isPlain(const Items& items);

// Leaves out of the history, whose items `isHistory` names, each call without an output and the reasoning that led to
// it alone; and, if told so, outputs without a call before them. A call in new input may wait for its output, and so
// may one of a hosted shell that is under way. Programs take what they called along. Then, of all items, it keeps one
// of those that are the same: as `latestOfEach`.
Items normalised(const Items& items, const std::vector<bool>& isHistory, OrphanOutputs outputs);

// One of the items that are the same: of one type and of one call_id, id or approval_request_id; messages only if they
// have an id and say the same too, since some servers give all of them one id: the later ones lose it. What the latest
// one says stands where the earliest one stood, so that calls and reasoning stay before what follows from them; outputs
// stand where the latest one did.
Items latestOfEach(const Items& items);
std::vector<std::string> latestOfEach(std::vector<std::string> items);

Items withoutReasoningIds(const Items& items);
std::vector<std::string> withoutReasoningIds(std::vector<std::string> items);

}  // namespace agents
