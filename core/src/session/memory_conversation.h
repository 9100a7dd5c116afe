#pragma once

#include "agents/store.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agents {

// What a change of a memory store knows while it is performed.
struct MemoryChange {
  const std::string& opId;
  std::int64_t now = 0;      // ms
  std::int64_t& position;    // the last one given in the store; grows over all of its items
  std::size_t appended = 0;  // items, by this change
};

// One conversation of a memory store.
class MemoryConversation {
 public:
  MemoryConversation(std::string id, std::int64_t now);

  void read(const ReadQuery& query, Page& page) const;
  bool admits(const Change& change, std::int64_t now) const;
  void perform(const Edit& edit, MemoryChange& change);
  void changed(std::int64_t version, std::int64_t now);

  const Conversation& info() const { return info_; }
  // With its sizes.
  Conversation sized() const;
  std::int64_t version() const { return version_; }
  std::string_view updatedAt() const { return info_.updatedAt; }

 private:
  struct Entry {
    Slice text;
    std::string uid;
    Origin origin;
    std::string sdk = {};
    std::int64_t position = 0;
    std::int64_t place = 0;  // on a shelf: the position in the active history, 0 without one
    std::int64_t at = 0;     // ms
  };
  using Entries = std::vector<Entry>;

  // The texts of a shelf go with it.
  struct Held {
    Entries entries;
    TextArena arena;
    std::string note;
    std::int64_t createdAt = 0;
    std::int64_t position = 0;  // of its creation
  };

  struct Tenure {
    std::string holder;
    std::int64_t since = 0;  // ms
    std::int64_t ms = 0;

    std::int64_t msLeft(std::int64_t now) const;
  };

  void perform(const edit::Append& append, MemoryChange& change);
  void perform(const edit::Remove& remove, MemoryChange& change);
  void perform(const edit::Replace& replace, MemoryChange& change);
  void perform(const edit::Shelve& shelve, MemoryChange& change);
  void perform(const edit::StandIn& standIn, MemoryChange& change);
  void perform(const edit::Restore& restore, MemoryChange& change);
  void perform(const edit::Discard& discard, MemoryChange& change);
  void perform(const edit::Note& note, MemoryChange& change);
  void perform(const edit::Hold& hold, MemoryChange& change);
  void perform(const edit::Release& release, MemoryChange& change);
  void perform(const edit::Describe& describe, MemoryChange& change);
  void perform(const edit::Clear& clear, MemoryChange& change);
  // Every item here was checked on its way in; the store itself deletes.
  void perform(const edit::SetAside&, MemoryChange&) {}
  void perform(const edit::Delete&, MemoryChange&) {}

  Held& shelf(const std::string& name, MemoryChange& change);
  static bool isBefore(const Entry& entry, std::int64_t position);
  static void add(Held& to, const Batch& batch, MemoryChange& change);
  static void move(Held& to, const Entry& entry, MemoryChange& change);
  // Moves those of a shelf's entries whose places are free; the others stay in `entries`.
  static void putBack(Held& active, Entries& entries);
  static void appendPage(const Entries& entries, const ReadQuery& query, Page& page);
  void appendShelves(std::string_view prefix, Page& page) const;

  Conversation info_;
  // The active history is the shelf without a name.
  std::map<std::string, Held> shelves_;
  std::optional<Tenure> lease_;
  std::int64_t version_ = 0;
};

}  // namespace agents
