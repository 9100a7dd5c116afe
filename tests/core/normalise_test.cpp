#include "agents/normalise.h"

#include "agents/json_text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace agents;

namespace {

using Texts = std::vector<std::string>;

// {"type":"…", …} of members that are written in single quotes.
std::string item(std::string members) {
  for (auto& c : members) {
    if (c == '\'') c = '"';
  }
  return "{" + members + "}";
}

std::string user(const std::string& text) { return item("'role':'user','content':'" + text + "'"); }
std::string reasoning(const std::string& id) { return item("'type':'reasoning','id':'" + id + "','summary':[]"); }
std::string message(const std::string& id, const std::string& text) {
  return item("'type':'message','role':'assistant','id':'" + id + "','content':[{'type':'output_text','text':'" + text +
              "'}]");
}
std::string half(const std::string& type, const std::string& callId, const std::string& more = "") {
  return item("'type':'" + type + "','call_id':'" + callId + "'" + more);
}
std::string call(const std::string& id, const std::string& more = "") { return half("function_call", id, more); }
std::string output(const std::string& id, const std::string& text = "ok") {
  return half("function_call_output", id, ",'output':'" + text + "'");
}

Items itemsOf(const Texts& texts) {
  Items items;
  for (const auto& text : texts) items.append(text);
  return items;
}

Texts textsOf(const Items& items) {
  auto array = "[" + items.text.text() + "]";
  auto elements = json::elements(array);
  CHECK(elements.size() == items.count);
  return {elements.begin(), elements.end()};
}

// What is left of a history, with new input behind it. What `isWhole` says must agree.
Texts left(const Texts& history, const Texts& input = {}, OrphanOutputs outputs = OrphanOutputs::Drop) {
  auto all = history;
  all.insert(all.end(), input.begin(), input.end());
  std::vector<bool> isHistory(all.size());
  for (std::size_t i = 0; i < history.size(); ++i) isHistory[i] = true;
  auto kept = textsOf(normalised(itemsOf(all), isHistory, outputs));
  if (input.empty() && isWhole(itemsOf(history))) CHECK(kept == history);
  return kept;
}

}  // namespace

TEST_CASE("a call of the history without an output is left out, with the reasoning directly before it") {
  CHECK(left({user("u"), reasoning("r1"), reasoning("r2"), call("k")}, {user("q")}) == Texts{user("u"), user("q")});
  CHECK(left({user("u"), reasoning("r1"), message("m", "hm"), call("k")}) ==
        Texts{user("u"), reasoning("r1"), message("m", "hm")});
}

TEST_CASE("reasoning stays when one of the calls that it led to is left") {
  Texts kept{reasoning("r"), call("b"), output("b")};
  CHECK(left({reasoning("r"), call("a"), call("b"), output("b")}) == kept);
  CHECK(left({reasoning("r"), call("b"), call("a"), output("b")}) == kept);
}

TEST_CASE("an output of the history without a call before it is left out, or kept if told so") {
  CHECK(left({output("k"), user("u")}) == Texts{user("u")});
  CHECK(left({output("k"), call("k"), user("u")}) == Texts{user("u")});
  CHECK(left({output("k"), user("u")}, {}, OrphanOutputs::Keep) == Texts{output("k"), user("u")});
}

TEST_CASE("calls and outputs of new input stay, also those that wait") {
  CHECK(left({call("old")}, {call("new"), output("other")}) == Texts{call("new"), output("other")});
}

TEST_CASE("an output in new input answers a call of the history") {
  CHECK(left({reasoning("r"), call("k")}, {output("k")}) == Texts{reasoning("r"), call("k"), output("k")});
}

TEST_CASE("every kind of call is paired with its own kind of output") {
  for (std::string type : {"function_call", "custom_tool_call", "computer_call", "apply_patch_call", "shell_call"}) {
    CAPTURE(type);
    auto asked = half(type, "k", ",'status':'completed'");
    auto answered = half(type + "_output", "k");
    CHECK(left({asked, answered}) == Texts{asked, answered});
    CHECK(left({asked, user("u")}) == Texts{user("u")});
    CHECK(left({asked, half("mcp_call_output", "k"), user("u")}) == Texts{half("mcp_call_output", "k"), user("u")});
  }
  auto searched = half("tool_search_call", "k"), found = half("tool_search_output", "k");
  CHECK(left({searched, found, half("tool_search_call", "l")}) == Texts{searched, found});
  auto local = half("local_shell_call", "k"), answer = item("'type':'local_shell_call_output','id':'k','output':''");
  CHECK(left({local, answer, half("local_shell_call", "l")}) == Texts{local, answer});
}

TEST_CASE("calls without a call_id are answered one by one") {
  auto searched = item("'type':'tool_search_call','call_id':null,'arguments':{}");
  auto found = item("'type':'tool_search_output','call_id':null,'tools':[]");
  CHECK(left({searched, found}) == Texts{searched, found});
  CHECK(left({searched, searched, found}) == Texts{searched, found});
  CHECK(left({searched, user("u")}) == Texts{user("u")});
}

TEST_CASE("calls of a hosted shell that is at work stay, and those that are over go") {
  auto waiting = half("shell_call", "a"), working = half("shell_call", "b", ",'status':'in_progress'");
  CHECK(left({waiting, working, half("shell_call", "c", ",'status':'completed'")}) == Texts{waiting, working});
}

TEST_CASE("calls that the server answers itself stay") {
  Texts hosted{item("'type':'web_search_call','id':'ws','status':'completed'"),
               item("'type':'mcp_list_tools','id':'l'"), item("'type':'mcp_approval_request','id':'a'"),
               item("'type':'of_the_future_call','call_id':'f'")};
  CHECK(left(hosted) == hosted);
}

TEST_CASE("a program without an output takes along what it called, unless new input goes on with it") {
  auto program = half("program", "p");
  auto called = call("k", ",'caller':{'type':'program','caller_id':'p'}");
  CHECK(left({reasoning("r"), program, called, output("k")}, {user("q")}) == Texts{user("q")});
  Texts whole{program, called, output("k"), half("program_output", "p")};
  CHECK(left(whole) == whole);
  auto answer = half("function_call_output", "k", ",'caller':{'type':'program','caller_id':'p'}");
  CHECK(left({program, called}, {answer}) == Texts{program, called, answer});
}

TEST_CASE("of two outputs of a call the latest one is kept, where it stands") {
  CHECK(left({call("k"), output("k", "old"), user("u"), output("k", "new")}) ==
        Texts{call("k"), user("u"), output("k", "new")});
  CHECK(left({call("k"), output("k", "old")}, {output("k", "new")}) == Texts{call("k"), output("k", "new")});
}

TEST_CASE("of two equal calls or reasoning items the earliest place has the latest content") {
  auto later = call("k", ",'arguments':'later'");
  CHECK(left({call("k"), output("k"), user("u"), later}) == Texts{later, output("k"), user("u")});
  auto encrypted = item("'type':'reasoning','id':'r','summary':[],'encrypted_content':'x'");
  CHECK(left({reasoning("r"), message("m", "hi"), encrypted, message("n", "ho")}) ==
        Texts{encrypted, message("m", "hi"), message("n", "ho")});
}

TEST_CASE("items of one id and different types are different, and so are calls of one id and different call_ids") {
  Texts kept{message("x", "a"), reasoning("x"), message("y", "b")};
  CHECK(left(kept) == kept);
  Texts calls{call("a", ",'id':'fc'"), call("b", ",'id':'fc'"), output("a"), output("b")};
  CHECK(left(calls) == calls);
}

TEST_CASE(
    "messages are the same if they have one id and say one thing, and an id that stands for none makes nothing so") {
  Texts kept{user("same"),
             user("same"),
             message("__fake_id__", "a"),
             message("__fake_id__", "b"),
             message("FAKE_ID", "a"),
             message("FAKE_ID", "b")};
  CHECK(left(kept) == kept);
  CHECK(left({message("m", "a"), user("u"), message("m", "a")}) == Texts{message("m", "a"), user("u")});
  auto constant = left({message("m", "first"), user("u"), message("m", "second")});
  REQUIRE(constant.size() == 3);
  CHECK(constant[0] == message("m", "first"));
  CHECK(outputText(constant[2]) == "second");
  CHECK_FALSE(json::member(constant[2], "id"));
}

TEST_CASE("approvals are the same by the request that they answer, references never") {
  auto approval = [](const std::string& more) {
    return item("'type':'mcp_approval_response','approval_request_id':'a','approve':" + more);
  };
  CHECK(left({approval("false"), approval("true")}) == Texts{approval("true")});
  auto reference = item("'type':'item_reference','id':'m'");
  CHECK(left({reference, message("m", "a"), reference}) == Texts{reference, message("m", "a"), reference});
}

TEST_CASE("ids are compared by what they say, however they are spelled") {
  auto spelled = item(R"('type':'function_call_output','call_id':'\u006b\/','output':'ok')");
  Texts kept{call("k/"), spelled};
  CHECK(left(kept) == kept);
}

TEST_CASE("what nothing is wrong with is the same text, and shares its memory") {
  auto whole = itemsOf({user("u"), call("k"), output("k"), message("m", R"(a \"quoted\" \\ [{,}])")});
  CHECK(isWhole(whole));
  auto same = normalised(whole, std::vector<bool>(whole.count, true), OrphanOutputs::Drop);
  REQUIRE(same.text.slices().size() == whole.text.slices().size());
  CHECK(same.text.slices()[0].buffer == whole.text.slices()[0].buffer);
}

TEST_CASE("items are found wherever the rope is cut") {
  auto text = itemsOf({user("ü, {\\\"[\\\\"), reasoning("r"), call("k"), output("k"), message("m", "a")}).text.text();
  for (std::size_t first = 0; first < text.size(); ++first) {
    for (auto second : {first, first + (text.size() - first) / 2}) {
      Items cut;
      cut.text.append(text.substr(0, first));
      cut.text.append(text.substr(first, second - first));
      cut.text.append(text.substr(second));
      cut.count = 5;
      CHECK(isWhole(cut));
      auto without = withoutReasoningIds(cut);
      CHECK(textsOf(without)[1] == item("'type':'reasoning','summary':[]"));
    }
  }
}

TEST_CASE("input is plain when it has only messages without ids") {
  CHECK(isPlain({}));
  CHECK(isPlain(itemsOf({user("a"), item("'type':'message','role':'developer','content':'b'")})));
  for (const auto& other : {call("k"), output("k"), reasoning("r"), message("m", "a"), item("'type':'of_the_future'"),
                            item("'type':'item_reference','id':'m'")}) {
    CAPTURE(other);
    CHECK(!isPlain(itemsOf({user("a"), other})));
  }
}

TEST_CASE("a response that says an item twice is taken for the latest of them") {
  auto later = call("k", ",'arguments':'later'");
  CHECK(latestOfEach(Texts{call("k"), message("m", "a"), later}) == Texts{later, message("m", "a")});
  CHECK(latestOfEach(Texts{output("k"), call("k"), output("k", "new")}) == Texts{call("k"), output("k", "new")});
}

TEST_CASE("reasoning loses its id and nothing else, and other items keep theirs") {
  auto encrypted = item("'type':'reasoning','id':'r','summary':[{'type':'summary_text','id':'s'}],'x':1e5");
  auto without = item("'type':'reasoning','summary':[{'type':'summary_text','id':'s'}],'x':1e5");
  Texts others{message("m", "reasoning"), call("k", ",'id':'fc'")};
  CHECK(withoutReasoningIds(Texts{encrypted, others[0], others[1]}) == Texts{without, others[0], others[1]});
  CHECK(textsOf(withoutReasoningIds(itemsOf({encrypted, others[0], others[1]}))) ==
        Texts{without, others[0], others[1]});
  auto untouched = itemsOf(others);
  CHECK(withoutReasoningIds(untouched).text.slices()[0].buffer == untouched.text.slices()[0].buffer);
}

TEST_CASE("a history of nothing but open calls is looked through in one go") {
  Texts history;
  for (int i = 0; i < 20000; ++i) history.push_back(call(std::to_string(i)));
  history.push_back(user("u"));
  CHECK(left(history) == Texts{user("u")});
}
