#pragma once

#include "agents/item.h"
#include "agents/task.h"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace agents {

// Which items of a conversation, always in the order they were said.
struct ReadQuery {
  std::string conversationId;
  // Where the items lie: the active history, or a shelf, by its name. A shelf holds items that the conversation keeps
  // but a model does not see: the journal of a run, folded items, another branch, rows that were put aside.
  std::string shelf = {};
  // At most the newest so many; all without it.
  std::optional<std::size_t> newest = std::nullopt;
  // Only items before this cursor, as an earlier page gave it.
  std::optional<std::string> before = std::nullopt;
  // Only items behind this cursor.
  std::optional<std::string> since = std::nullopt;
  enum class Detail { Text, Origins } detail = Detail::Text;
};

struct Page {
  Items items;
  // One JSON object per item, as the elements of an array: {"uid","agent","run","turn","at"}. Only with
  // Detail::Origins.
  std::string origins;
  // Stands for the conversation's state; it differs after every change, whoever made it. Opaque.
  std::string version;
  // For `before` of the next page. Nothing when no older item is left.
  std::optional<std::string> older;
  // For `since` of a later read. Nothing when the page is empty.
  std::optional<std::string> newest;
};

struct Conversation {
  std::string id;
  std::string title;      // empty without one
  std::string metadata;   // JSON object, or empty
  std::string createdAt;  // ISO 8601, UTC
  std::string updatedAt;
};

struct ListQuery {
  std::size_t limit = 20;
  std::optional<std::string> after = std::nullopt;  // a cursor from an earlier page
};

struct ConversationPage {
  std::vector<Conversation> conversations;  // the one changed last comes first
  std::optional<std::string> next;
};

namespace edit {

// Adds items behind those that are there, on the active history or on a shelf.
struct Append {
  Batch batch;
  std::string shelf = {};
};
// Removes the newest item of the active history; `Applied::popped` has it.
struct Pop {};
// Moves the named items of the active history to a shelf.
struct Shelve {
  std::vector<std::string> uids;
  std::string shelf;
};
// Moves all items of a shelf behind those of the active history.
struct Restore {
  std::string shelf;
};
// Removes all items of a shelf.
struct Discard {
  std::string shelf;
};
// Sets the title or the metadata of the conversation, or both.
struct Describe {
  std::optional<std::string> title;
  std::optional<std::string> metadata;
};
// Removes all items, shelves included; the conversation stays.
struct Clear {};
// Removes the conversation and all that belongs to it. Alone in its change.
struct Delete {};

}  // namespace edit

using Edit = std::variant<edit::Append, edit::Pop, edit::Shelve, edit::Restore, edit::Discard, edit::Describe,
                          edit::Clear, edit::Delete>;

struct Change {
  // Names the change; stores remember it. A change that is sent twice takes effect once.
  std::string opId;
  // When given, the change is refused unless the conversation still has this version.
  std::optional<std::string> expectVersion = std::nullopt;
  std::vector<Edit> edits = {};
};

struct Applied {
  std::string version;
  std::optional<std::string> popped;
  // The change had taken effect before.
  bool repeated = false;
};

// Storage waist 1: where conversations are kept. All implementations pass `tests/conformance` and
// `tests/core/store_suite.h`.
class Store {
 public:
  virtual ~Store() = default;

  // A conversation that does not exist reads as an empty one.
  virtual Task<Page> read(ReadQuery query) = 0;

  virtual Task<ConversationPage> list(ListQuery query) = 0;

  // All edits in order, or none. Fails with SessionConflict when `expectVersion` does not hold or the id was used for
  // another change. The conversation comes into being with its first item or description.
  virtual Task<Applied> apply(std::string conversationId, Change change) = 0;

  // Later calls fail with SessionClosed. Idempotent.
  virtual Task<> close() = 0;
};

}  // namespace agents
