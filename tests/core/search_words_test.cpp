#include "session/search_words.h"

#include "agents/error.h"
#include "session/search_snippet.h"
#include "session/search_text.h"

#include <doctest/doctest.h>

using namespace agents;

namespace {

std::string shown(std::string_view text) {
  auto found = findIn(text, searchTerms("needle"));
  return found ? found->text : "nothing";
}

// What of a snippet is marked, of ASCII.
std::string marked(std::string_view text, std::string_view query) {
  auto found = findIn(text, searchTerms(query));
  if (!found) return "nothing";
  std::string all;
  for (auto [from, to] : found->matches) all += "[" + found->text.substr(from, to - from) + "]";
  return all;
}

}  // namespace

TEST_CASE("words are compared without case, accents, width and combining marks") {
  CHECK(wordsOf("The Quick, brown_fox: don't!") == "the quick brown fox don t");
  CHECK(wordsOf("Z\u00FCge \u00C9T\u00C9 \u0160koda \u0141\u00F3d\u017A") == "zuge ete skoda lodz");
  CHECK(wordsOf("Zu\u0308ge e\u0301te\u0301") == "zuge ete");
  CHECK(wordsOf("\u041C\u041E\u0421\u041A\u0412\u0410 \u0401\u043B\u043A\u0430") ==
        "\u043C\u043E\u0441\u043A\u0432\u0430 \u0435\u043B\u043A\u0430");
  CHECK(wordsOf("\u039B\u039F\u0393\u039F\u03A3 \u03BB\u03BF\u03B3\u03BF\u03C2") ==
        "\u03BB\u03BF\u03B3\u03BF\u03C3 \u03BB\u03BF\u03B3\u03BF\u03C3");
  CHECK(wordsOf("\uFF26\uFF55\uFF4C\uFF4C\uFF0C\uFF17") == "full 7");
  CHECK(wordsOf("stra\u00DFe") == "stra\u00DFe");
}

TEST_CASE("in scripts without spaces each character is a word, and so is each emoji") {
  CHECK(wordsOf("\u65E5\u672C\u8A9Eok\u3002\u30C6\u30B9\u30C8") == "\u65E5 \u672C \u8A9E ok \u30C6 \u30B9 \u30C8");
  CHECK(wordsOf("\uD55C\uAD6D") == "\uD55C \uAD6D");
  CHECK(wordsOf("go\U0001F680\U0001F44D\U0001F3FDnow \u20AC5") == "go \U0001F680 \U0001F44D now \u20AC 5");
}

TEST_CASE("what is no text has no words") {
  CHECK(wordsOf("").empty());
  CHECK(wordsOf(" \t\n.,;:!?\"'()[]{}<>|\\~`@#$%^&*").empty());
  CHECK(wordsOf(std::string("a\0b", 3)) == "a b");
  CHECK(wordsOf("a\xFF\xC3z\xE2\x82").empty() == false);
  CHECK(wordsOf("a\xFF\xC3z\xE2\x82") == "a z");
}

TEST_CASE("data and words of more than 200 bytes are left out") {
  std::string base64;
  for (int i = 0; i < 300; ++i) base64 += "aGVsbG8+";
  CHECK(wordsOf("data:image/png;base64," + base64 + " end") == "data image png base64 end");
  std::string lines = "begin ";
  for (int i = 0; i < 20; ++i) lines += base64.substr(0, 76) + "\r\n";
  CHECK(wordsOf(lines + "end") == "begin");
  CHECK(wordsOf("one " + std::string(201, 'x') + " two") == "one two");
  CHECK(wordsOf("one " + std::string(200, 'x') + " two") == "one " + std::string(200, 'x') + " two");
  std::string wide;
  for (int i = 0; i < 101; ++i) wide += "\u0436";
  CHECK(wordsOf("one " + wide + " two") == "one two");
}

TEST_CASE("a search is for all of its words, the last one as the beginning of one") {
  auto expression = [](std::string_view text) { return matchExpression(searchTerms(text)); };
  CHECK(expression("Hello wor") == R"("hello" "wor"*)");
  CHECK(expression(R"(say "Hello world")") == R"("say" "hello world")");
  CHECK(expression(R"(say "Hello wor)") == R"("say" "hello wor"*)");
  CHECK(expression("e-mail \u65E5\u672C") == "\"e mail\" \"\u65E5 \u672C\"*");
  CHECK(expression("\u65E5\u3000\u672C") == "\"\u65E5\" \"\u672C\"*");
  CHECK(expression("hello -") == R"("hello")");
  CHECK(expression("hello w") == R"("hello")");
  CHECK(expression("w") == R"("w"*)");
}

TEST_CASE("no text breaks out of a search") {
  for (std::string text : {"", " ", "\"", "\"\"", "*", "**", "-", "(", ")", "^", ":", "+", "{", "''", "\\", ";--"}) {
    CAPTURE(text);
    CHECK(searchTerms(text).empty());
  }
  auto expression = [](std::string_view text) { return matchExpression(searchTerms(text)); };
  CHECK(expression("NEAR(a b, 5)") == R"("near a" "b")");
  CHECK(expression("a AND b OR NOT c*") == R"("a" "and" "b" "or" "not")");
  CHECK(expression("words:x") == R"("words x"*)");
  CHECK(expression("aa\" OR \"bb") == R"("aa" "or" "bb"*)");
  CHECK(expression(std::string("aa\0bb", 5)) == R"("aa" "bb"*)");
}

TEST_CASE("a search takes at most 64 words, and finds nothing by one that is too long") {
  std::string many;
  for (int i = 0; i < 64; ++i) many += "w" + std::to_string(i) + " ";
  CHECK(searchTerms(many).size() == 64);
  CHECK_THROWS_AS(searchTerms(many + "x"), AgentsError);
  CHECK(searchTerms("one " + std::string(10'000, 'x')).empty());
  CHECK_THROWS_AS(searchTerms(std::string(10'000, '.') + many + many), AgentsError);
}

TEST_CASE("a text is found when it has all of the words") {
  CHECK(marked("one two three", "two one") == "[one][two]");
  CHECK(marked("one two three", "thr") == "[three]");
  CHECK(marked("one two three", "thr one") == "nothing");
  CHECK(marked("one two three", "\"two three\"") == "[two three]");
  CHECK(marked("one two three", "\"one three\"") == "nothing");
  CHECK(marked("one two three", "\"thr\"") == "nothing");
  CHECK(marked("a b a b a", "\"a b a\"") == "[a b a b a]");
  CHECK(marked("e-mail and email", "e-mail") == "[e-mail]");
  CHECK(marked("one", "one one") == "[one]");
}

TEST_CASE("a snippet is one line around the first match, cut between words") {
  CHECK(shown("a needle") == "a needle");
  CHECK(shown("  a\n\n\tneedle  here\n") == "a needle here");
  std::string before(30, 'x'), after;
  for (int i = 0; i < 40; ++i) after += " word";
  CHECK(shown("start " + before + " needle" + after) ==
        "\u2026needle word word word word word word word word word word word word word word\u2026");
  CHECK(shown("one two three four five six seven needle") == "\u2026four five six seven needle");
  CHECK(shown(std::string(500, 'x') + " " + std::string(190, 'y') + ".needle").ends_with("needle"));
}

TEST_CASE("matches are counted in UTF-16 units") {
  auto found = findIn("\U0001F680  \u00E9t\u00E9 \u65E5\u672C\u8A9E", searchTerms("\u672C\u8A9E"));
  REQUIRE(found);
  CHECK(found->text == "\U0001F680 \u00E9t\u00E9 \u65E5\u672C\u8A9E");
  CHECK(found->matches == std::vector<std::pair<std::size_t, std::size_t>>{{8, 10}});
}

TEST_CASE("the text of an item is what was said in it") {
  CHECK(searchText(R"({"role":"user","content":"Hello"})") == "Hello");
  CHECK(
      searchText(R"({"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[)"
                 R"({"type":"output_text","text":"One","annotations":[{"type":"url_citation","url":"u","title":"T"}]},)"
                 R"({"type":"refusal","refusal":"No"}]})") == "One\nT\nNo");
  CHECK(searchText(R"({"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"Why"}],)"
                   R"("encrypted_content":"gAAAA"})") == "Why");
  CHECK(searchText(R"({"type":"function_call","call_id":"c","name":"get_weather","arguments":"{\"city\":\"K\u00f6ln\",)"
                   R"(\"days\":3,\"at\":[1.5,null]}"})") == "get_weather\ncity K\u00F6ln days 3 at 1.5");
  CHECK(searchText(R"({"type":"function_call","name":"f","arguments":"{broken"})") == "f\n{broken");
  CHECK(searchText(R"({"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"Sun"},)"
                   R"({"type":"input_image","image_url":"data:x"},{"type":"input_file","file_data":"AAAA"}]})") ==
        "Sun");
  CHECK(searchText(R"({"type":"web_search_call","action":{"type":"search","query":"news"}})") == "news");
  CHECK(searchText(R"({"type":"image_generation_call","result":"AAAA"})").empty());
  CHECK(searchText(R"({"type":"compaction","encrypted_content":"AAAA"})").empty());
  CHECK(searchText("{}").empty());
}

TEST_CASE("of a very long text its first million bytes are found") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "\u00E4\u00F6\u00FC ";
  auto found = searchText(R"({"role":"user","content":")" + text + "needle\"}");
  CHECK(found.size() <= MaxSearchText);
  CHECK(found.size() > MaxSearchText - 4);
  CHECK_FALSE(findIn(found, searchTerms("needle")));
}
