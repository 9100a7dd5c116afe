#include "branch_note.h"

#include "agents/json_text.h"
#include "note_text.h"

#include <algorithm>

namespace agents {

std::string noteText(const BranchNote& note) {
  auto text = R"({"kind":"branch","name":)" + json::quote(note.name) + ",\"parent\":" + json::quote(note.parent);
  text += ",\"active\":";
  text += note.isActive ? "true" : "false";
  text += ",\"at\":" + json::quote(note.at);
  addList(text, "after", note.after);
  addList(text, "folds", note.folds);
  return text + '}';
}

BranchNote branchNoteFrom(std::string_view note) {
  auto text = objectOf(note);
  auto member = [&](std::string_view key) { return json::stringMember(text, key).value_or(""); };
  BranchNote read{member("name"), member("parent"), noteTexts(text, "after")};
  read.isActive = json::member(text, "active") == "true";
  read.at = member("at");
  read.folds = noteTexts(text, "folds");
  return read;
}

bool sharesUpTo(const Page& page, const std::string& uid) {
  return std::any_of(page.shelves.begin(), page.shelves.end(), [&](const Shelf& shelf) {
    if (!shelf.name.starts_with(BranchPrefix)) return false;
    auto after = branchNoteFrom(shelf.note).after;
    return std::find(after.begin(), after.end(), uid) != after.end();
  });
}

}  // namespace agents
