#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/normalise.h"
#include "agents/run.h"
#include "agents/tokens.h"

#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace agents {

namespace {

using Kind = ShapedInput::Source::Kind;

// How often the history has an item that identity did not recognise, by content.
std::unordered_map<std::string, std::size_t> unrecognised(const ShapedInput& shaped, const Items& history) {
  auto text = "[" + history.text.text() + "]";
  auto stored = json::elements(text);
  std::vector<bool> recognised(stored.size(), false);
  for (const auto& source : shaped.sources) {
    if (source.kind == Kind::History) recognised.at(source.index) = true;
  }
  std::unordered_map<std::string, std::size_t> left;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!recognised[i]) ++left[json::canonical(stored[i])];
  }
  return left;
}

// Which of the items that the shaper returned the history has: those that are known to come from it, and of those that
// are not known as many as equal the rest of it.
std::vector<bool> areHistory(const ShapedInput& shaped, const Items& history) {
  std::optional<std::unordered_map<std::string, std::size_t>> left;
  std::vector<bool> found;
  for (std::size_t i = 0; i < shaped.items.size(); ++i) {
    auto kind = shaped.sources[i].kind;
    bool isHistory = kind == Kind::History;
    if (kind == Kind::Unknown) {
      // Reading a long history takes its time, and most callbacks return what they were given.
      if (!left) left = unrecognised(shaped, history);
      auto same = left->find(json::canonical(shaped.items[i]));
      isHistory = same != left->end() && same->second > 0;
      if (isHistory) --same->second;
    }
    found.push_back(isHistory);
  }
  return found;
}

std::vector<bool> firstAreHistory(std::size_t history, std::size_t all) {
  std::vector<bool> found(all);
  for (std::size_t i = 0; i < history; ++i) found[i] = true;
  return found;
}

Items wholeOf(const Items& history) {
  if (isWhole(history)) return history;
  return normalised(history, firstAreHistory(history.count, history.count), OrphanOutputs::Drop);
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
    if (setup_.maxHistoryTokens && keepNewestTokens(beginning.history, *setup_.maxHistoryTokens)) {
      beginning.isPart = true;
      beginning.isWhole = false;
    }
    Items context;
    if (beginning.runId.empty()) {
      startWith(beginning.lastAgent);
      context = co_await shape(std::move(beginning));
    } else {
      // What the run has got itself may wait for approvals.
      bool isOthers = !beginning.isWhole && !beginning.hasEarlier;
      if (isOthers) beginning.history = wholeOf(beginning.history);
      context = takeUp(std::move(beginning));
    }
    if (setup_.reasoningIds == ReasoningIds::Omit) {
      context = withoutReasoningIds(context);
      inputToSave_ = withoutReasoningIds(inputToSave_);
    }
    Batch input{{"", result_.runId, 0}, inputToSave_};
    isBegun_ = co_await setup_.record->begin(std::move(input), undecided());
    if (isBegun_) co_return context;
  }
}

// What the model is sent of the history and the new input. A history that is known to be whole is not even looked at.
Task<Items> Run::shape(Beginning beginning) {
  auto& history = beginning.history;
  if (setup_.shaper) {
    auto shaped = co_await setup_.shaper->shape(history, setup_.input);
    auto isHistory = areHistory(shaped, history);
    Items chosen;
    Items unknown;
    for (std::size_t i = 0; i < shaped.items.size(); ++i) {
      chosen.append(shaped.items[i]);
      if (!isHistory[i]) unknown.append(shaped.items[i]);
    }
    inputToSave_ = latestOfEach(unknown);
    co_return isWhole(chosen) ? chosen : normalised(chosen, isHistory, OrphanOutputs::Keep);
  }
  auto stored = history.count;
  bool isPlainlyWhole = (beginning.isWhole || isWhole(history)) && isPlain(setup_.input);
  auto context = std::move(history);
  context.append(setup_.input);
  inputToSave_ = setup_.input;
  if (isPlainlyWhole) {
    if (!beginning.isPart) setup_.record->historyIsWhole();
    co_return context;
  }
  inputToSave_ = latestOfEach(setup_.input);
  co_return normalised(context, firstAreHistory(stored, context.count), OrphanOutputs::Drop);
}

// What a response is taken for.
std::vector<std::string> Run::admit(std::vector<std::string> output) const {
  output = latestOfEach(std::move(output));
  return setup_.reasoningIds == ReasoningIds::Omit ? withoutReasoningIds(std::move(output)) : output;
}

}  // namespace agents
