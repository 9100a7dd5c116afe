#include "memory_conversation.h"

#include "agents/json_text.h"
#include "cursor.h"
#include "iso_time.h"
#include "origin_json.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace agents {

namespace {

// Texts that follow each other in one buffer go into the rope as one slice, comma included.
void appendText(Rope& rope, const Slice& text) {
  if (rope.empty()) return rope.append(text);
  rope.append(Slice{text.buffer, text.offset - 1, text.size + 1});
}

bool names(const std::vector<std::string>& uids, const std::string& uid) {
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

}  // namespace

MemoryConversation::MemoryConversation(std::string id, std::int64_t now) {
  info_.id = std::move(id);
  info_.createdAt = isoTime(now);
}

void MemoryConversation::read(const ReadQuery& query, Page& page) const {
  if (auto found = shelves_.find(query.shelf); found != shelves_.end()) appendPage(found->second.entries, query, page);
  if (!query.shelves) return;
  appendShelves(*query.shelves, page);
  if (lease_) page.lease = Lease{lease_->holder, lease_->msLeft(nowMs())};
}

bool MemoryConversation::admits(const Change& change, std::int64_t now) const {
  if (change.heldBy && (!lease_ || lease_->holder != *change.heldBy)) return false;
  return std::all_of(change.edits.begin(), change.edits.end(), [&](const Edit& edit) {
    auto hold = std::get_if<edit::Hold>(&edit);
    return !hold || hold->force || !lease_ || lease_->holder == hold->holder || lease_->msLeft(now) == 0;
  });
}

void MemoryConversation::perform(const Edit& edit, MemoryChange& change) {
  std::visit([&](const auto& one) { perform(one, change); }, edit);
}

Conversation MemoryConversation::sized() const {
  auto all = info_;
  all.items = all.bytes = 0;
  for (const auto& [name, held] : shelves_) {
    if (name.empty()) all.items = held.entries.size();
    for (const auto& entry : held.entries) *all.bytes += entry.text.size;
  }
  return all;
}

void MemoryConversation::changed(std::int64_t version, std::int64_t now) {
  version_ = version;
  info_.updatedAt = isoTime(now);
}

void MemoryConversation::perform(const edit::Append& append, MemoryChange& change) {
  if (append.batch.items.count > 0) add(shelf(append.shelf, change), append.batch, change);
}

void MemoryConversation::perform(const edit::Remove& remove, MemoryChange& change) {
  std::erase_if(shelf("", change).entries, [&](const Entry& entry) { return names(remove.uids, entry.uid); });
}

void MemoryConversation::perform(const edit::Replace& replace, MemoryChange&) {
  auto found = shelves_.find(replace.shelf);
  if (found == shelves_.end()) return;
  auto& held = found->second;
  for (auto& entry : held.entries) {
    if (entry.uid != replace.uid) continue;
    entry.text = held.arena.add(replace.item);
    entry.sdk = replace.sdk;
  }
}

void MemoryConversation::perform(const edit::Shelve& shelve, MemoryChange& change) {
  auto& active = shelf("", change).entries;
  for (const auto& entry : active) {
    if (!names(shelve.uids, entry.uid)) continue;
    auto& to = shelf(shelve.shelf, change);
    move(to, entry, change);
    to.entries.back().place = entry.position;
  }
  std::erase_if(active, [&](const Entry& entry) { return names(shelve.uids, entry.uid); });
}

bool MemoryConversation::isBefore(const Entry& entry, std::int64_t position) { return entry.position < position; }

void MemoryConversation::perform(const edit::StandIn& standIn, MemoryChange& change) {
  auto found = shelves_.find(standIn.shelf);
  auto place = found == shelves_.end() || found->second.entries.empty() ? 0 : found->second.entries.back().place;
  auto& active = shelf("", change);
  add(active, standIn.batch, change);
  auto last = active.entries.end() - 1;
  auto at = std::lower_bound(active.entries.begin(), last, place, isBefore);
  if (place == 0 || at->position == place) return;
  last->position = place;
  std::rotate(at, last, last + 1);
}

void MemoryConversation::perform(const edit::Restore& restore, MemoryChange& change) {
  auto found = shelves_.find(restore.shelf);
  if (found == shelves_.end()) return;
  auto moved = std::move(found->second.entries);
  shelves_.erase(found);
  auto& active = shelf("", change);
  if (restore.inPlace) putBack(active, moved);
  for (const auto& entry : moved) move(active, entry, change);
}

void MemoryConversation::perform(const edit::Discard& discard, MemoryChange&) { shelves_.erase(discard.shelf); }

void MemoryConversation::perform(const edit::Note& note, MemoryChange& change) {
  shelf(note.shelf, change).note = note.note;
}

void MemoryConversation::perform(const edit::Hold& hold, MemoryChange& change) {
  lease_ = Tenure{hold.holder, change.now, hold.ms};
}

void MemoryConversation::perform(const edit::Release& release, MemoryChange&) {
  if (lease_ && lease_->holder == release.holder) lease_.reset();
}

void MemoryConversation::perform(const edit::Describe& describe, MemoryChange&) {
  if (describe.title) info_.title = *describe.title;
  if (describe.metadata) info_.metadata = *describe.metadata;
}

void MemoryConversation::perform(const edit::Clear&, MemoryChange&) {
  shelves_.clear();
  lease_.reset();
}

MemoryConversation::Held& MemoryConversation::shelf(const std::string& name, MemoryChange& change) {
  auto [found, fresh] = shelves_.try_emplace(name);
  auto& held = found->second;
  if (fresh) {
    held.createdAt = change.now;
    held.position = ++change.position;
  }
  return held;
}

// The distance to the start, not the time since: no step of the clock makes a lease last longer than twice what was
// asked for.
std::int64_t MemoryConversation::Tenure::msLeft(std::int64_t now) const {
  return std::max<std::int64_t>(ms - std::abs(now - since), 0);
}

void MemoryConversation::add(Held& to, const Batch& batch, MemoryChange& change) {
  auto array = "[" + batch.items.text.text() + "]";
  std::size_t index = 0;
  for (auto item : json::elements(array)) {
    Entry entry{to.arena.add(item), change.opId + "." + std::to_string(change.appended++), batch.origin};
    if (index < batch.sdk.size()) entry.sdk = batch.sdk[index];
    entry.position = ++change.position;
    entry.at = change.now;
    if (!batch.kept.empty()) {
      entry.uid = batch.kept[index].uid;
      entry.at = timeFrom(batch.kept[index].at).value_or(change.now);
    }
    to.entries.push_back(std::move(entry));
    ++index;
  }
}

void MemoryConversation::move(Held& to, const Entry& entry, MemoryChange& change) {
  auto moved = entry;
  moved.text = to.arena.add(entry.text.view());
  moved.position = ++change.position;
  moved.place = 0;
  to.entries.push_back(std::move(moved));
}

void MemoryConversation::putBack(Held& active, Entries& entries) {
  std::map<std::int64_t, Entry> all;
  for (auto& entry : active.entries) all.emplace(entry.position, std::move(entry));
  Entries left;
  for (auto& entry : entries) {
    if (entry.place == 0 || all.contains(entry.place)) {
      left.push_back(std::move(entry));
      continue;
    }
    auto text = active.arena.add(entry.text.view());
    auto& back = all.emplace(entry.place, std::move(entry)).first->second;
    back.text = std::move(text);
    back.position = std::exchange(back.place, 0);
  }
  active.entries.clear();
  for (auto& [position, entry] : all) active.entries.push_back(std::move(entry));
  entries = std::move(left);
}

void MemoryConversation::appendPage(const Entries& entries, const ReadQuery& query, Page& page) {
  auto behind = [&](const std::string& cursor) {
    return std::upper_bound(entries.begin(), entries.end(), positionOf(cursor),
                            [](std::int64_t wanted, const Entry& entry) { return wanted < entry.position; });
  };
  auto at = [&](const std::string& cursor) {
    return std::lower_bound(entries.begin(), entries.end(), positionOf(cursor), isBefore);
  };
  auto end = query.before ? at(*query.before) : entries.end();
  auto begin = query.since ? behind(*query.since) : entries.begin();
  if (end < begin) end = begin;
  if (query.newest && static_cast<std::size_t>(end - begin) > *query.newest) {
    begin = end - static_cast<std::ptrdiff_t>(*query.newest);
  }
  for (auto entry = begin; entry != end; ++entry) {
    appendText(page.items.text, entry->text);
    if (query.detail != ReadQuery::Detail::Origins) continue;
    auto place = query.shelf.empty() ? entry->position : entry->place;
    appendOrigin(page.origins, {entry->uid, entry->origin, isoTime(entry->at), entry->sdk, place});
  }
  page.items.count = static_cast<std::size_t>(end - begin);
  if (begin == end) return;
  page.newest = std::to_string((end - 1)->position);
  if (begin != entries.begin()) page.older = std::to_string(begin->position);
}

void MemoryConversation::appendShelves(std::string_view prefix, Page& page) const {
  // Sorting would be 3 KB of code.
  std::map<std::int64_t, Shelf> found;
  for (const auto& [name, held] : shelves_) {
    if (name.empty() || !name.starts_with(prefix)) continue;
    Shelf shelf{name, held.note, held.entries.size(), isoTime(held.createdAt)};
    found.emplace(held.position, std::move(shelf));
  }
  for (auto& [position, shelf] : found) page.shelves.push_back(std::move(shelf));
}

}  // namespace agents
