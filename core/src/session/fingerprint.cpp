#include "agents/fingerprint.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace agents {

namespace {

// FNV-1a over all that a change consists of, each text behind its length. It tells a repetition from a mistake, it is
// no defence.
class Fingerprint {
 public:
  void operator()(const edit::Append& append) {
    text(append.shelf);
    batch(append.batch);
  }
  void operator()(const edit::Remove& remove) { texts(remove.uids); }
  void operator()(const edit::Replace& replace) {
    for (const auto& part : {replace.uid, replace.item, replace.sdk}) text(part);
    if (!replace.shelf.empty()) text(replace.shelf);
  }
  void operator()(const edit::Shelve& shelve) {
    text(shelve.shelf);
    texts(shelve.uids);
  }
  void operator()(const edit::StandIn& standIn) {
    text(standIn.shelf);
    batch(standIn.batch);
  }
  void operator()(const edit::SetAside& aside) { text(aside.shelf); }
  void operator()(const edit::Restore& restore) {
    text(restore.shelf);
    if (restore.inPlace) number(1);
  }
  void operator()(const edit::Discard& discard) { text(discard.shelf); }
  void operator()(const edit::Note& note) {
    text(note.shelf);
    text(note.note);
  }
  void operator()(const edit::Hold& hold) { text(hold.holder); }
  void operator()(const edit::Release& release) { text(release.holder); }
  void operator()(const edit::Describe& describe) {
    maybe(describe.title);
    maybe(describe.metadata);
  }
  void operator()(const edit::Clear&) {}
  void operator()(const edit::Delete&) {}

  void text(std::string_view text) {
    number(text.size());
    bytes(text);
  }
  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) byte(static_cast<unsigned char>(value >> shift));
  }
  std::string result() const { return std::to_string(hash_); }

 private:
  void batch(const Batch& batch) {
    text(batch.origin.agent);
    text(batch.origin.runId);
    number(static_cast<std::uint64_t>(batch.origin.turn.value_or(-1)));
    number(batch.items.text.size());
    for (const auto& slice : batch.items.text.slices()) bytes(slice.view());
    texts(batch.sdk);
    for (const auto& [uid, at] : batch.kept) {
      text(uid);
      text(at);
    }
  }
  void texts(const std::vector<std::string>& all) {
    for (const auto& one : all) text(one);
  }
  void maybe(const std::optional<std::string>& value) {
    number(value.has_value());
    text(value.value_or(""));
  }
  void bytes(std::string_view text) {
    for (unsigned char c : text) byte(c);
  }
  void byte(unsigned char c) { hash_ = (hash_ ^ c) * 0x100000001b3; }

  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace

std::string fingerprintOf(const std::string& conversationId, const Change& change) {
  if (change.fingerprint) return *change.fingerprint;
  Fingerprint fingerprint;
  fingerprint.text(conversationId);
  for (const auto& edit : change.edits) {
    fingerprint.number(edit.index());
    std::visit(fingerprint, edit);
  }
  return fingerprint.result();
}

}  // namespace agents
