#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/open_run.h"
#include "target.h"

using namespace agents;

namespace {

std::size_t countOf(const std::vector<Batch>& batches) {
  std::size_t count = 0;
  for (const auto& batch : batches) count += batch.items.count;
  return count;
}

std::size_t callsIn(const std::vector<Batch>& batches) {
  std::size_t count = 0;
  for (const auto& batch : batches) {
    auto text = "[" + batch.items.text.text() + "]";
    for (auto item : json::elements(text)) count += headOf(item).isCall() ? 1 : 0;
  }
  return count;
}

}  // namespace

// The note of an open run, and what it has got: both come back from a store.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  auto note = noteFrom(input);
  auto again = noteFrom(noteText(note));
  require(again.waiting == note.waiting && again.agent == note.agent, "A note survives its own text.");

  std::vector<Batch> batches;
  try {
    batches.push_back({{"A", "r", 1}, parseItems(input, "input")});
  } catch (const AgentsError&) {
    return 0;
  }
  auto open = unansweredCalls(batches);
  require(open.empty() || askedForTools(batches), "An open call was asked for.");
  auto whole = completed(batches, "aborted");
  require(unansweredCalls(whole).empty(), "No call stays open.");
  // Those that no words can answer, or that the model repeats.
  require(countOf(whole) + callsIn(batches) >= countOf(batches), "Only calls go.");
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {
      R"({"state":"awaiting_approval","holder":"h","agent":"A","error":"","waiting":["c1","c2"]})",
      R"({"state":"running","waiting":[1,null,{"a":"b"},"c\u00e9"]})",
      R"([{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},)"
      R"({"type":"function_call_output","call_id":"c1","output":"x"},{"type":"computer_call","call_id":"c2"}])",
      R"([{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"custom_tool_call","call_id":"c1"}])"};
}
