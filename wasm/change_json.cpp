#include "agents/error.h"
#include "agents/json_text.h"
#include "calls.h"
#include "store_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

// In the order of `Edit`.
constexpr std::array<std::string_view, std::variant_size_v<Edit>> Names{
    "append",  "pop",  "remove", "replace", "shelve",   "setAside", "restore",
    "discard", "note", "hold",   "release", "describe", "clear",    "delete"};

// JSON from anyone, as it is stored.
std::string checkedJson(const std::string& text, const char* what) {
  agents::json::Flaw flaw;
  auto compact = agents::json::compact(text, &flaw);
  if (compact) return *std::move(compact);
  throw AgentsError(ErrorCode::InvalidArgument, std::string(what) + " " + flaw.reason + ".");
}

std::string checkedObject(const std::string& text, const char* what) {
  auto object = checkedJson(text, what);
  if (agents::json::isObject(object)) return object;
  throw AgentsError(ErrorCode::InvalidArgument, std::string(what) + " must be a JSON object.");
}

// Carries the members of an edit to its head, or from there; which of the two is known to it alone, so that each edit
// names its members once.
class Porter {
 public:
  // To the head.
  explicit Porter(json& head) : head_(head) {}
  // From the head, and from where `body` begins, which it moves on.
  Porter(json& head, std::string_view& body) : head_(head), body_(&body) {}

  void operator()(edit::Append& append) {
    text("shelf", append.shelf);
    auto& [origin, items, sdk] = append.batch;
    auto& from = head_["origin"];
    if (!body_) from = json::object();
    Porter(from, body_).carry(origin);
    carry(items);
    carry("sdk", sdk);
    if (!body_) return measure(items);
    for (auto& one : sdk) one = one.empty() ? one : checkedJson(one, "sdk");
    if (sdk.empty() || sdk.size() == items.count) return;
    throw AgentsError(ErrorCode::InvalidArgument, "sdk must have one text for each item.");
  }
  void operator()(edit::Replace& replace) {
    text("uid", replace.uid);
    Items items{Rope(std::move(replace.item)), 1};
    carry(items);
    if (items.count != 1) throw AgentsError(ErrorCode::SessionInvalidItem, "An item must be replaced by one item.");
    replace.item = items.text.text();
    text("sdk", replace.sdk);
    if (body_ && !replace.sdk.empty()) replace.sdk = checkedJson(replace.sdk, "sdk");
  }
  void operator()(edit::Remove& remove) { carry("uids", remove.uids); }
  void operator()(edit::Shelve& shelve) {
    carry("uids", shelve.uids);
    text("shelf", shelve.shelf);
  }
  void operator()(edit::SetAside& aside) { text("shelf", aside.shelf); }
  void operator()(edit::Restore& restore) { text("shelf", restore.shelf); }
  void operator()(edit::Discard& discard) { text("shelf", discard.shelf); }
  void operator()(edit::Note& note) {
    text("shelf", note.shelf);
    text("note", note.note);
    if (body_) note.note = checkedObject(note.note, "note");
  }
  void operator()(edit::Hold& hold) {
    text("holder", hold.holder);
    if (body_) {
      hold.ms = static_cast<std::int64_t>(countIn(head_["ms"]));
      hold.force = head_["force"].get<bool>();
    } else {
      head_["ms"] = hold.ms;
      head_["force"] = hold.force;
    }
  }
  void operator()(edit::Release& release) { text("holder", release.holder); }
  void operator()(edit::Describe& describe) {
    carry("title", describe.title);
    carry("metadata", describe.metadata);
    if (body_ && describe.metadata) describe.metadata = checkedObject(*describe.metadata, "metadata");
  }
  void operator()(edit::Pop&) {}
  void operator()(edit::Clear&) {}
  void operator()(edit::Delete&) {}

  void carry(const char* key, std::optional<std::string>& value) {
    if (!body_) {
      if (value) head_[key] = *value;
    } else if (auto found = head_.find(key); found != head_.end()) {
      value = found->get<std::string>();
    }
  }

 private:
  Porter(json& head, std::string_view* body) : head_(head), body_(body) {}

  void text(const char* key, std::string& value) {
    std::optional<std::string> maybe;
    if (!value.empty()) maybe = std::move(value);
    carry(key, maybe);
    value = std::move(maybe).value_or("");
  }
  void carry(const char* key, std::vector<std::string>& values) {
    if (!body_) {
      head_[key] = values;
    } else if (auto found = head_.find(key); found != head_.end()) {
      values = found->get<std::vector<std::string>>();
    }
  }
  void carry(Origin& origin) {
    text("agent", origin.agent);
    text("run", origin.runId);
    if (!body_) {
      if (origin.turn) head_["turn"] = *origin.turn;
    } else if (auto turn = head_.find("turn"); turn != head_.end()) {
      origin.turn = static_cast<int>(countIn(*turn));
    }
  }
  void carry(Items& items) {
    if (!body_) {
      head_["bytes"] = items.text.size();
      return;
    }
    auto text = body_->substr(0, countIn(head_["bytes"]));
    body_->remove_prefix(text.size());
    items = parseItems("[" + std::string(text) + "]", "items");
  }

  // A store may cut the text into its items without reading it.
  void measure(const Items& items) {
    auto& lengths = head_["lengths"] = json::array();
    auto array = "[" + items.text.text() + "]";
    for (auto item : agents::json::elements(array)) lengths.push_back(item.size());
  }

  json& head_;
  std::string_view* body_ = nullptr;
};

template <std::size_t... Index>
Edit blankEdit(std::size_t wanted, std::index_sequence<Index...>) {
  Edit edit;
  ((wanted == Index ? void(edit.emplace<Index>()) : void()), ...);
  return edit;
}

Edit blankEdit(const std::string& name) {
  auto found = std::find(Names.begin(), Names.end(), name);
  if (found == Names.end()) throw AgentsError(ErrorCode::Internal, "The core has no edit '" + name + "'.");
  return blankEdit(static_cast<std::size_t>(found - Names.begin()), std::make_index_sequence<Names.size()>());
}

}  // namespace

json headOf(const std::string& conversationId, const Change& change) {
  json head;
  head["conversationId"] = conversationId;
  head["opId"] = change.opId;
  if (change.expectVersion) head["expectVersion"] = *change.expectVersion;
  if (change.heldBy) head["heldBy"] = *change.heldBy;
  auto& edits = head["edits"] = json::array();
  for (auto edit : change.edits) {
    auto& one = edits.emplace_back();
    one["type"] = Names[edit.index()];
    Porter porter(one);
    std::visit(porter, edit);
  }
  return head;
}

Rope bodyOf(const Change& change) {
  Rope body;
  for (const auto& edit : change.edits) {
    if (auto append = std::get_if<edit::Append>(&edit)) body.append(append->batch.items.text);
    if (auto replace = std::get_if<edit::Replace>(&edit)) body.append(replace->item);
  }
  return body;
}

Change changeFrom(json head, std::string_view body) {
  Change change{head["opId"].get<std::string>()};
  Porter porter(head, body);
  porter.carry("expectVersion", change.expectVersion);
  porter.carry("heldBy", change.heldBy);
  for (auto& one : head["edits"]) {
    auto edit = blankEdit(one["type"].get<std::string>());
    std::visit(Porter(one, body), edit);
    change.edits.push_back(std::move(edit));
  }
  return change;
}

}  // namespace agents::wasm
