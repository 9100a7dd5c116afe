#include "agents/item.h"
#include "support/started.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

std::string parsed(std::string_view input) { return parseItems(input, "input").text.text(); }

std::string refusal(std::string_view input) {
  CHECK(codeOf([&] { parseItems(input, "input"); }) == ErrorCode::SessionInvalidItem);
  return messageOf([&] { parseItems(input, "input"); });
}

}  // namespace

TEST_CASE("a string is one user message") {
  CHECK(parsed(R"("Hello, I'm \"John\"")") == R"({"role":"user","content":"Hello, I'm \"John\""})");
  CHECK(parsed(R"("")") == R"({"role":"user","content":""})");
  CHECK(parseItems(R"("x")", "input").count == 1);
}

TEST_CASE("an array is taken item by item, and unknown items and fields stay as they are") {
  CHECK(parsed("[]").empty());
  CHECK(parseItems("[]", "input").count == 0);
  CHECK(parsed(R"([ "a", {"type" : "future_item", "z": 1e5, "a": [ ]} ])") ==
        R"({"role":"user","content":"a"},{"type":"future_item","z":1e5,"a":[]})");
  CHECK(parsed(R"([{"role":"assistant","content":"x","role":"user"}])") ==
        R"({"role":"assistant","content":"x","role":"user"})");
  CHECK(parsed("[{}]") == "{}");
}

TEST_CASE("{type: 'user'} is a user message, as the guide writes it") {
  CHECK(parsed(R"([{"type":"user","content":[{"type":"input_text","text":"a"}],"id":"x"}])") ==
        R"({"role":"user","content":[{"type":"input_text","text":"a"}],"id":"x"})");
  CHECK(parsed(R"([{"role":"system","type":"user","content":"a"}])") == R"({"role":"user","content":"a"})");
  CHECK(parsed(R"([{"type":"user"}])") == R"({"role":"user"})");
}

TEST_CASE("what is no item is refused with the place where it is") {
  CHECK(refusal(R"([{}, 7])") == "input must hold objects or strings, but the element at index 1 is neither.");
  CHECK(refusal(R"([[]])") == "input must hold objects or strings, but the element at index 0 is an array.");
  CHECK(refusal("[null]") == "input must hold objects or strings, but the element at index 0 is neither.");
  CHECK(refusal("{}") == "input must be a string or an array of items.");
  CHECK(refusal("17") == "input must be a string or an array of items.");
  CHECK(refusal("[NaN]") == "input is not valid JSON at byte 1.");
  CHECK(refusal("") == "input is not valid JSON at byte 0.");
  CHECK(refusal(std::string(600, '[')) == "input is nested deeper than 500 levels.");
}

TEST_CASE("an item's head tells messages, calls, outputs and reasoning apart") {
  CHECK(headOf(R"({"role":"user","content":"x"})").type == "message");
  CHECK(headOf(R"({"role":"user","content":"x"})").role == "user");
  auto call = headOf(R"({"type":"function_call","call_id":"c\u0031","name":"add","arguments":"{}"})");
  CHECK(call.isCall());
  CHECK(call.callId == "c1");
  auto output = headOf(R"({"type":"function_call_output","call_id":"c1","output":"3"})");
  CHECK(output.isOutput());
  CHECK_FALSE(output.isCall());
  CHECK(headOf(R"({"type":"reasoning","id":"rs_1","summary":[]})").isReasoning());
  for (auto type : {"custom_tool_call", "computer_call", "local_shell_call", "shell_call", "apply_patch_call"}) {
    CHECK(headOf(R"({"type":")" + std::string(type) + R"("})").isCall());
    CHECK(headOf(R"({"type":")" + std::string(type) + R"(_output"})").isOutput());
  }
  for (auto hosted : {"web_search_call", "file_search_call", "mcp_call", "code_interpreter_call", "message"}) {
    CHECK_FALSE(headOf(R"({"type":")" + std::string(hosted) + R"("})").isCall());
  }
  CHECK(headOf(R"({"type":null,"call_id":7})").type.empty());
  CHECK(headOf("[]").type.empty());
  CHECK(headOf("\"x\"").type.empty());
}

TEST_CASE("the output of a local shell call names its call in its id") {
  auto output = headOf(R"({"type":"local_shell_call_output","id":"call_4","output":"x"})");
  CHECK(output.isOutput());
  CHECK(output.callId == "call_4");
}

TEST_CASE("the output text of a message is all of its text parts") {
  CHECK(outputText(R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"a\n"},)"
                   R"({"type":"refusal","refusal":"no"},{"type":"output_text","text":"b"}]})") == "a\nb");
  CHECK(outputText(R"({"role":"assistant","content":[]})") == "");
  CHECK_FALSE(outputText(R"({"type":"function_call","content":[]})"));
  CHECK_FALSE(outputText(R"({"role":"assistant","content":"plain"})"));
  CHECK(outputText(R"({"role":"assistant","content":[1,null,"x",{"type":"output_text","text":1}]})") == "");
}

TEST_CASE("a function's output is quoted") {
  CHECK(functionCallOutput("c\"1", "a\n") == R"({"type":"function_call_output","call_id":"c\"1","output":"a\n"})");
}

TEST_CASE("items are appended behind a comma, one by one or many at once") {
  Items items;
  items.append("{}");
  items.append("1");
  Items more;
  more.append(items);
  more.append(Items());
  more.append(items);
  CHECK(more.text.text() == "{},1,{},1");
  CHECK(more.count == 4);
}

TEST_CASE("items of one origin after the other become one batch each") {
  auto items = parseItems(R"(["a","b","c"])", "items");
  std::vector<Origin> origins{{"", "run-1", 0}, {"helper", "run-1", 1}, {"helper", "run-1", 1}};
  auto batches = batchesOf(items, origins);
  REQUIRE(batches.size() == 2);
  CHECK(batches[0].items.count == 1);
  CHECK(batches[1].items.count == 2);
  CHECK(batches[1].origin.agent == "helper");
  CHECK(batches[1].items.text.text() == R"({"role":"user","content":"b"},{"role":"user","content":"c"})");
}

TEST_CASE("items without origins are one batch of unknown origin") {
  auto batches = batchesOf(parseItems(R"(["a","b"])", "items"), {});
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].items.count == 2);
  CHECK(batches[0].origin == Origin{});
}

TEST_CASE("origins that are fewer or more than the items are refused") {
  auto items = parseItems(R"(["a","b"])", "items");
  CHECK_THROWS_AS(batchesOf(items, {Origin{}}), AgentsError);
}
