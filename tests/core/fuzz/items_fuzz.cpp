#include "agents/error.h"
#include "agents/item.h"
#include "agents/json_text.h"
#include "target.h"

using namespace agents;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  Items items;
  try {
    items = parseItems(input, "input");
  } catch (const AgentsError& error) {
    require(error.code() == ErrorCode::SessionInvalidItem, "Bad input is an invalid item.");
    return 0;
  }
  auto text = "[" + items.text.text() + "]";
  require(json::compact(text) == text, "Items are compact JSON.");
  auto elements = json::elements(text);
  require(elements.size() == items.count, "Items are counted.");
  for (auto item : elements) {
    require(json::isObject(item), "An item is an object.");
    (void)headOf(item);
    (void)outputText(item);
  }
  require(parseItems(text, "again").text.text() == items.text.text(), "Items are items.");
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {
      R"("Hello, I'm John")",
      R"([ "a", {"role":"user","content":"b"}, {"type" : "user", "content":[{"type":"input_text","text":"c"}]} ])",
      R"([{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},)"
      R"({"type":"function_call_output","call_id":"c1","output":"x"}])",
      R"([{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"refusal"}]}])"};
}
