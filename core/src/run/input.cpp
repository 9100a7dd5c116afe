#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/run.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace agents {

namespace {

// As JavaScript, which has one kind of number, would write them: 1.0 and 1 are the same.
void unifyNumbers(nlohmann::json& tree) {
  if (tree.is_number()) tree = tree.get<double>() + 0.0;
  if (!tree.is_structured()) return;
  for (auto& child : tree) unifyNumbers(child);
}

// Equal for equal content, whatever the order of members and the spelling of numbers and escapes.
std::string contentKey(std::string_view item) {
  auto tree = nlohmann::json::parse(item, nullptr, false);
  if (tree.is_discarded()) return std::string(item);
  unifyNumbers(tree);
  return tree.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What the shaper returned that the history has not got: what it knows to be new, and what it does not know and is in
// the history less often than it was returned.
Items unknownToHistory(const ShapedInput& shaped, const Items& history) {
  auto text = "[" + history.text.text() + "]";
  auto stored = json::elements(text);
  std::vector<bool> recognised(stored.size(), false);
  for (const auto& source : shaped.sources) {
    if (source.kind == ShapedInput::Source::Kind::History) recognised.at(source.index) = true;
  }
  std::vector<std::string> left;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!recognised[i]) left.push_back(contentKey(stored[i]));
  }

  Items unknown;
  for (std::size_t i = 0; i < shaped.items.size(); ++i) {
    auto kind = shaped.sources[i].kind;
    if (kind == ShapedInput::Source::Kind::History) continue;
    if (kind == ShapedInput::Source::Kind::Unknown) {
      auto same = std::find(left.begin(), left.end(), contentKey(shaped.items[i]));
      if (same != left.end()) {
        left.erase(same);
        continue;
      }
    }
    unknown.append(shaped.items[i]);
  }
  return unknown;
}

}  // namespace

// What the model is sent first. A conversation that changed before the run could begin is read again.
Task<Items> Run::prepare() {
  for (;;) {
    auto beginning = co_await setup_.record->open();
    if (beginning.history.text.size() > setup_.maxHistoryBytes) {
      throw AgentsError(ErrorCode::SessionTooLarge, "The history has " + std::to_string(beginning.history.text.size()) +
                                                        " bytes, more than maxHistoryBytes (" +
                                                        std::to_string(setup_.maxHistoryBytes) +
                                                        "). Limit it with sessionSettings.maxItems.");
    }
    Items context;
    if (beginning.runId.empty()) {
      startWith(beginning.lastAgent);
      context = co_await shape(beginning.history);
    } else {
      context = takeUp(std::move(beginning));
    }
    Batch input{{"", result_.runId, 0}, inputToSave_};
    isBegun_ = co_await setup_.record->begin(std::move(input), undecided());
    if (isBegun_) co_return context;
  }
}

Task<Items> Run::shape(const Items& history) {
  inputToSave_ = setup_.input;
  if (!setup_.shaper) {
    auto context = history;
    context.append(setup_.input);
    co_return context;
  }
  auto shaped = co_await setup_.shaper->shape(history, setup_.input);
  inputToSave_ = unknownToHistory(shaped, history);
  Items chosen;
  for (const auto& item : shaped.items) chosen.append(item);
  co_return chosen;
}

}  // namespace agents
