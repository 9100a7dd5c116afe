#pragma once

#include "agents/item.h"
#include "agents/search.h"
#include "agents/task.h"

#include <cstddef>
#include <cstdint>
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
  // Also tells of the shelves whose names begin so, and of the lease.
  std::optional<std::string> shelves = std::nullopt;
};

struct Shelf {
  std::string name;
  std::string note;       // JSON object, or empty
  std::size_t count = 0;  // items
  std::string createdAt;  // ISO 8601, UTC
};

// The right to run a conversation, for a while.
struct Lease {
  std::string holder;
  std::int64_t msLeft = 0;  // by the store's clock; 0 when it has run out
};

struct Page {
  Items items;
  // One JSON object per item, as the elements of an array: {"uid","agent","run","turn","at","sdk","place"}. Only with
  // Detail::Origins. Places are whole numbers that order all items of a conversation, those on shelves too, as they
  // were said: null for one on a shelf that never was in the active history, and shared by an item that stands in for
  // others with the last of them.
  std::string origins;
  // Stands for the conversation's state; it differs after every change, whoever made it. Opaque.
  std::string version;
  // For `before` of the next page. Nothing when no older item is left.
  std::optional<std::string> older;
  // For `since` of a later read. Nothing when the page is empty.
  std::optional<std::string> newest;
  // Rows of the history that are no items and are left out of every page. Only with Detail::Origins.
  std::size_t undecodable = 0;
  // What `ReadQuery::shelves` asked for, in the order of creation.
  std::vector<Shelf> shelves;
  std::optional<Lease> lease;
};

struct Conversation {
  std::string id;
  std::string title;      // empty without one
  std::string metadata;   // JSON object, or empty
  std::string createdAt;  // ISO 8601, UTC
  std::string updatedAt;
  // With `ListQuery::sizes`: how many items the active history has, and how many bytes the texts of all of its items
  // take, those on shelves too.
  std::optional<std::size_t> items = std::nullopt;
  std::optional<std::size_t> bytes = std::nullopt;
};

struct ListQuery {
  std::size_t limit = 20;
  std::optional<std::string> after = std::nullopt;  // a cursor from an earlier page
  // Only conversations that were changed last before this time: ISO 8601, UTC, with milliseconds.
  std::optional<std::string> changedBefore = std::nullopt;
  // Also tells how large each conversation is, which costs reading it.
  bool sizes = false;
};

struct ConversationPage {
  std::vector<Conversation> conversations;  // the one changed last comes first
  std::optional<std::string> next;
};

namespace edit {

// Adds items behind those that are there, on the active history or on a shelf. Uids that the batch keeps must be free.
struct Append {
  Batch batch;
  std::string shelf = {};
};
// Removes the named items of the active history.
struct Remove {
  std::vector<std::string> uids;
};
// Puts an item in the place of another one of the active history, or of a shelf, which keeps its uid, origin and time.
struct Replace {
  std::string uid;
  std::string item;
  // As `Batch::sdk` has it for one item.
  std::string sdk = {};
  std::string shelf = {};
};
// Moves the named items of the active history to a shelf, which has a name and remembers the place of each. uids,
// origins and the order of all other items stay.
struct Shelve {
  std::vector<std::string> uids;
  std::string shelf;
};
// Moves the rows of the active history that are no items to a shelf, as
// {"type":"agents_wasm.undecodable","data":"<the row's text>"}.
struct SetAside {
  std::string shelf;
};
// Puts an item of its own, one, where the last item of a shelf was in the active history: before what came behind it,
// behind all that came before. Behind the whole history if that place is taken, or if that item never had one.
// As the first edit of its change that adds an item, it gives it the uid `<opId>.0`.
struct StandIn {
  std::string shelf;
  Batch batch;
};
// Moves all items of a shelf behind those of the active history, or back to where each was; the shelf ends. Items whose
// place is taken, or that never had one, come behind the others in either case.
struct Restore {
  std::string shelf;
  bool inPlace = false;
};
// Ends a shelf with all its items and its note.
struct Discard {
  std::string shelf;
};
// Sets the note of a shelf, which exists from then on, and with it the conversation.
struct Note {
  std::string shelf;
  std::string note;  // JSON object
};
// Takes the lease of a conversation that exists by then, or renews it. Refused, as `expectVersion` is, while another
// holder's lasts, unless `force`: the caller knows that the other one is gone. A holder is one attempt to run a
// conversation and its name is never used again, so that it is the epoch which `Change::heldBy` checks.
struct Hold {
  std::string holder;
  std::int64_t ms = 0;
  bool force = false;
};
// Gives the lease up if this holder has it.
struct Release {
  std::string holder;
};
// Sets the title or the metadata of the conversation, or both.
struct Describe {
  std::optional<std::string> title;
  std::optional<std::string> metadata;
};
// Removes all items, shelves and the lease; the conversation stays.
struct Clear {};
// Removes the conversation and all that belongs to it. Alone in its change.
struct Delete {};

}  // namespace edit

using Edit =
    std::variant<edit::Append, edit::Remove, edit::Replace, edit::Shelve, edit::StandIn, edit::SetAside, edit::Restore,
                 edit::Discard, edit::Note, edit::Hold, edit::Release, edit::Describe, edit::Clear, edit::Delete>;

struct Change {
  // Names the change; stores remember it. A change that is sent twice takes effect once. May be empty for changes that
  // only hold or release: sent twice, they do the same as once.
  std::string opId;
  // When given, the change is refused unless the conversation still has this version.
  std::optional<std::string> expectVersion = std::nullopt;
  // When given, the change is refused unless this holder has the lease, whether or not its time has run out.
  std::optional<std::string> heldBy = std::nullopt;
  std::vector<Edit> edits = {};
  // What tells a repetition from another change under the same id. Made of the edits when it is not given: by someone
  // who sends a change again in other words, as encryption does.
  std::optional<std::string> fingerprint = std::nullopt;
};

struct Applied {
  std::string version;
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

  // All edits in order, or none. Fails with SessionConflict when `expectVersion`, `heldBy` or an edit::Hold does not
  // hold, or the id was used for another change. The conversation comes into being with its first item, note or
  // description. A lease is no change of the conversation: its version and its time stay.
  virtual Task<Applied> apply(std::string conversationId, Change change) = 0;

  // One step of a search over active histories, folded items and branches. Fails with InvalidArgument for a text of too
  // many words and for a cursor that is none. By default the store is looked through.
  virtual Task<SearchPage> search(SearchQuery query);

  // Later calls fail with SessionClosed. Idempotent.
  virtual Task<> close() = 0;
};

}  // namespace agents
