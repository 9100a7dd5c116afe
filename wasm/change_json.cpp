#include "agents/error.h"
#include "agents/json_text.h"
#include "store_json.h"

#include <algorithm>
#include <array>
#include <utility>

namespace agents::wasm {

namespace {

// In the order of `Edit`.
constexpr std::array<std::string_view, std::variant_size_v<Edit>> Names{
    "append",  "remove", "replace", "shelve",  "standIn",  "setAside", "restore",
    "discard", "note",   "hold",    "release", "describe", "clear",    "delete"};

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
  explicit Porter(HeadWriter* to) : to_(to) {}
  // `body` begins with the edit's own part of it, and is moved on.
  Porter(const HeadReader* from, std::string_view* body) : from_(from), body_(body) {}

  void operator()(edit::Append& append) {
    text("shelf", append.shelf);
    carry(append.batch);
  }
  void operator()(edit::Replace& replace) {
    text("uid", replace.uid);
    Items items{Rope(std::move(replace.item)), 1};
    carry(items);
    if (items.count != 1) throw AgentsError(ErrorCode::SessionInvalidItem, "An item must be replaced by one item.");
    replace.item = items.text.text();
    text("sdk", replace.sdk);
    text("shelf", replace.shelf);
    if (from_ && !replace.sdk.empty()) replace.sdk = checkedJson(replace.sdk, "sdk");
  }
  void operator()(edit::Remove& remove) { carry("uids", remove.uids); }
  void operator()(edit::Shelve& shelve) {
    carry("uids", shelve.uids);
    text("shelf", shelve.shelf);
  }
  void operator()(edit::StandIn& standIn) {
    text("shelf", standIn.shelf);
    carry(standIn.batch);
  }
  void operator()(edit::SetAside& aside) { text("shelf", aside.shelf); }
  void operator()(edit::Restore& restore) {
    text("shelf", restore.shelf);
    if (from_) {
      restore.inPlace = from_->flag("inPlace");
    } else {
      to_->flag("inPlace", restore.inPlace);
    }
  }
  void operator()(edit::Discard& discard) { text("shelf", discard.shelf); }
  void operator()(edit::Note& note) {
    text("shelf", note.shelf);
    text("note", note.note);
    if (body_) note.note = checkedObject(note.note, "note");
  }
  void operator()(edit::Hold& hold) {
    text("holder", hold.holder);
    if (from_) {
      hold.ms = static_cast<std::int64_t>(from_->count("ms"));
      hold.force = from_->flag("force");
    } else {
      to_->count("ms", hold.ms).flag("force", hold.force);
    }
  }
  void operator()(edit::Release& release) { text("holder", release.holder); }
  void operator()(edit::Describe& describe) {
    carry("title", describe.title);
    carry("metadata", describe.metadata);
    if (from_ && describe.metadata) describe.metadata = checkedObject(*describe.metadata, "metadata");
  }
  void operator()(edit::Clear&) {}
  void operator()(edit::Delete&) {}

 private:
  void carry(const char* key, std::optional<std::string>& value) {
    if (from_) {
      value = from_->maybeText(key);
    } else {
      to_->maybeText(key, value);
    }
  }
  void text(const char* key, std::string& value) {
    if (from_) {
      value = from_->maybeText(key).value_or("");
    } else if (!value.empty()) {
      to_->text(key, value);
    }
  }
  void carry(const char* key, std::vector<std::string>& values) {
    if (from_) {
      if (from_->has(key)) values = from_->texts(key);
    } else {
      to_->json(key, textsJson(values));
    }
  }
  void carry(Origin& origin) {
    if (from_) {
      if (from_->has("origin")) origin = originFrom(from_->object("origin"));
    } else {
      HeadWriter head;
      if (!origin.agent.empty()) head.text("agent", origin.agent);
      if (!origin.runId.empty()) head.text("run", origin.runId);
      if (origin.turn) head.count("turn", *origin.turn);
      to_->json("origin", head.take());
    }
  }
  void carry(Batch& batch) {
    auto& [origin, items, sdk, kept] = batch;
    carry(origin);
    carry(items);
    carry("sdk", sdk);
    carry(kept);
    if (!from_) return measure(items);
    for (auto& one : sdk) one = one.empty() ? one : checkedJson(one, "sdk");
    if (sdk.empty() || sdk.size() == items.count) return;
    throw AgentsError(ErrorCode::InvalidArgument, "sdk must have one text for each item.");
  }
  void carry(Items& items) {
    if (from_) {
      auto text = body_->substr(0, from_->count("bytes"));
      body_->remove_prefix(text.size());
      items = parseItems("[" + std::string(text) + "]", "items");
    } else {
      to_->count("bytes", static_cast<std::int64_t>(items.text.size()));
    }
  }

  void carry(std::vector<Kept>& kept) {
    if (from_ && from_->has("kept")) {
      for (auto json : from_->list("kept")) {
        HeadReader one(json);
        kept.push_back({one.text("uid"), one.text("at")});
      }
    } else if (to_ && !kept.empty()) {
      ListWriter list;
      for (const auto& [uid, at] : kept) list.add(HeadWriter().text("uid", uid).text("at", at).take());
      to_->json("kept", list.take());
    }
  }

  // A store may cut the text into its items without reading it.
  void measure(const Items& items) {
    ListWriter lengths;
    auto array = "[" + items.text.text() + "]";
    for (auto item : agents::json::elements(array)) lengths.add(std::to_string(item.size()));
    to_->json("lengths", lengths.take());
  }

  HeadWriter* to_ = nullptr;
  const HeadReader* from_ = nullptr;
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

HeadWriter headOf(const std::string& conversationId, const Change& change) {
  ListWriter edits;
  for (auto edit : change.edits) {
    HeadWriter one;
    one.text("type", Names[edit.index()]);
    Porter porter(&one);
    std::visit(porter, edit);
    edits.add(one.take());
  }
  return HeadWriter()
      .text("conversationId", conversationId)
      .text("opId", change.opId)
      .maybeText("expectVersion", change.expectVersion)
      .maybeText("heldBy", change.heldBy)
      .json("edits", edits.take());
}

Rope bodyOf(const Change& change) {
  Rope body;
  for (const auto& edit : change.edits) {
    if (auto append = std::get_if<edit::Append>(&edit)) body.append(append->batch.items.text);
    if (auto standIn = std::get_if<edit::StandIn>(&edit)) body.append(standIn->batch.items.text);
    if (auto replace = std::get_if<edit::Replace>(&edit)) body.append(replace->item);
  }
  return body;
}

Change changeFrom(const HeadReader& head, std::string_view body) {
  Change change{head.text("opId"), head.maybeText("expectVersion"), head.maybeText("heldBy")};
  change.fingerprint = head.maybeText("fingerprint");
  for (auto json : head.list("edits")) {
    HeadReader one(json);
    auto edit = blankEdit(one.text("type"));
    Porter porter(&one, &body);
    std::visit(porter, edit);
    change.edits.push_back(std::move(edit));
  }
  return change;
}

}  // namespace agents::wasm
