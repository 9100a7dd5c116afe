#include "agents/json_text.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

using namespace agents;
using Tree = nlohmann::json;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string reasonOf(std::string_view text) {
  json::Flaw flaw;
  CHECK_FALSE(json::compact(text, &flaw));
  return flaw.reason;
}

// A random value as text, with white space anywhere between tokens.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::string value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        return space() + pick({"null", "true", "false"}) + space();
      case 1:
        return space() + pick({"0", "-0", "12", "-1.50", "1e5", "1E-2", "9007199254740993"}) + space();
      case 6:
        return space() + "[" + (below(5) ? list(depth, false) : space()) + "]" + space();
      case 7:
        return space() + "{" + (below(5) ? list(depth, true) : space()) + "}" + space();
      default:
        return space() + string() + space();
    }
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string pick(std::vector<std::string> choices) { return choices[below(choices.size())]; }
  std::string space() { return below(3) ? "" : pick({" ", "\n", "\t", "\r\n", "  "}); }
  std::string string() {
    std::string text = "\"";
    for (std::size_t i = below(6); i > 0; --i) {
      text += pick({"a", " ", "{", "]", ",", ":", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\/", "\xC3\xA9",
                    "\xF0\x9F\x98\x80", "\\u0000"});
    }
    return text + "\"";
  }
  std::string list(int depth, bool keys) {
    std::string text;
    for (std::size_t i = below(4); i + 1 > 0; --i) {
      if (!text.empty()) text += ",";
      if (keys) text += space() + string() + space() + ":";
      text += value(depth - 1);
      if (i == 0) break;
    }
    return text;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("compact takes out the white space between tokens and nothing else") {
  struct Sample {
    std::string text, compact;
  };
  for (const auto& [text, compact] : std::vector<Sample>{
           {" 1 ", "1"},
           {"\t\"a b\"\r\n", "\"a b\""},
           {"[ ]", "[]"},
           {"{ }", "{}"},
           {"[ 1 , [ ] , { } ]", "[1,[],{}]"},
           {R"({ "z" : 1e5 , "a" : [ 1.0 , -0 ], "z" : null })", R"({"z":1e5,"a":[1.0,-0],"z":null})"},
           {R"("\u00E9\/\ud800")", R"("\u00E9\/\ud800")"},
           {"[\"\x7F\",\"\xC3\xA9\"]", "[\"\x7F\",\"\xC3\xA9\"]"},
           {R"([1E400,-0.0,123456789012345678901234567890])", R"([1E400,-0.0,123456789012345678901234567890])"},
           {R"({"":{"":""}})", R"({"":{"":""}})"},
       }) {
    CAPTURE(text);
    CHECK(json::compact(text) == compact);
  }
}

TEST_CASE("compact refuses what is no JSON") {
  for (std::string text : {"",
                           " ",
                           "[",
                           "]",
                           "{",
                           "}",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[,]",
                           "[1 2]",
                           "[1:2]",
                           "[1}",
                           "{]",
                           "{,}",
                           "{1:2}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\" 1}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":1,,\"b\":2}",
                           "{\"a\"::1}",
                           "[[],]",
                           "1 2",
                           "[]]",
                           "{}}",
                           "[] 1",
                           "nul",
                           "nulll",
                           "True",
                           "truefalse",
                           "NaN",
                           "-NaN",
                           "Infinity",
                           "undefined",
                           "+1",
                           "-",
                           "--1",
                           ".5",
                           "-.5",
                           "1.",
                           "1.e5",
                           "1e",
                           "1e+",
                           "1E5.5",
                           "01",
                           "-01",
                           "0x1F",
                           "1_000",
                           "1a",
                           "\"",
                           "\"a",
                           "'a'",
                           "\"\\\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\U1234\"",
                           "\"\t\"",
                           "\"\n\"",
                           "\"\\\n\"",
                           "/*c*/1",
                           "1//c",
                           "\xEF\xBB\xBF{}",
                           "\xC2\xA0[]",
                           "[1]\f",
                           "\v1",
                           "{\"a\":1}#"}) {
    CAPTURE(text);
    CHECK_FALSE(json::compact(text));
  }
  CHECK_FALSE(json::compact(std::string_view("\0", 1)));
  CHECK_FALSE(json::compact(std::string_view("1\0", 2)));
  CHECK_FALSE(json::compact(std::string_view("\"\0\"", 3)));
}

TEST_CASE("compact takes well-formed UTF-8 only") {
  for (std::string text : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(json::compact("\"" + text + "\""));
  }
  for (std::string text : {"\x80",
                           "\xBF",
                           "\xC0\x80",
                           "\xC1\xBF",
                           "\xC2",
                           "\xC2\x41",
                           "\xC2\xC2\x80",
                           "\xE0\x80\x80",
                           "\xE0\x9F\xBF",
                           "\xED\xA0\x80",
                           "\xED\xBF\xBF",
                           "\xE2\x82",
                           "\xE2\x28\xA1",
                           "\xF0\x80\x80\x80",
                           "\xF0\x8F\xBF\xBF",
                           "\xF0\x9F\x98",
                           "\xF4\x90\x80\x80",
                           "\xF5\x80\x80\x80",
                           "\xFE",
                           "\xFF"}) {
    CHECK_FALSE(json::compact("\"" + text + "\""));
    CHECK_FALSE(json::compact("\"" + text));
  }
}

TEST_CASE("nesting up to 500 levels is accepted, deeper nesting is named as the flaw") {
  CHECK(json::compact(nested(500)) == nested(500));
  CHECK(reasonOf(nested(501)) == "is nested deeper than 500 levels");
  CHECK(reasonOf(std::string(100'000, '[')) == "is nested deeper than 500 levels");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  CHECK(reasonOf(objects) == "is nested deeper than 500 levels");
  CHECK(json::elements("[" + nested(499) + "]").size() == 1);
}

TEST_CASE("the flaw says where the text stops being JSON") {
  CHECK(reasonOf("{\"a\":1,}") == "is not valid JSON at byte 7");
  CHECK(reasonOf("") == "is not valid JSON at byte 0");
  CHECK(reasonOf("<html>") == "is not valid JSON at byte 0");
}

TEST_CASE("elements and members are slices, whatever strings contain") {
  const std::string array = R"(["a,]\"",[1,[2]],{"x":"},"},-1.5,null,""])";
  auto elements = json::elements(array);
  REQUIRE(elements.size() == 6);
  CHECK(elements[0] == R"("a,]\"")");
  CHECK(elements[1] == "[1,[2]]");
  CHECK(elements[2] == R"({"x":"},"})");
  CHECK(elements[3] == "-1.5");
  CHECK(elements[5] == R"("")");
  CHECK(elements[5].data() + 2 == array.data() + array.size() - 1);
  CHECK(json::elements("[]").empty());
  CHECK(json::inner("[1,2]") == "1,2");

  auto members = json::members(R"({"a:\"":"\\","b":{},"c":[{"d":1}]})");
  REQUIRE(members.size() == 3);
  CHECK(members[0].key == R"("a:\"")");
  CHECK(members[0].value == R"("\\")");
  CHECK(members[2].value == R"([{"d":1}])");
  CHECK(json::members("{}").empty());
}

TEST_CASE("of several members with one key the last counts, however the key is escaped") {
  CHECK(json::member(R"({"a":1,"b":2,"a":3})", "a") == "3");
  CHECK(json::member(R"({"a":1,"\u0061":2})", "a") == "2");
  CHECK(json::member(R"({"a\nb":1})", "a\nb") == "1");
  CHECK_FALSE(json::member(R"({"aa":1})", "a"));
  for (auto text : {"[]", "\"a\"", "1", "null", ""}) CHECK_FALSE(json::member(text, "a"));
  CHECK(json::stringMember(R"({"a":"x\ty"})", "a") == "x\ty");
  CHECK_FALSE(json::stringMember(R"({"a":1})", "a"));
  CHECK(json::stringMember(R"({"a":""})", "a") == "");
}

TEST_CASE("unquote decodes escapes, surrogate pairs, and lone surrogates as U+FFFD") {
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(json::unquote(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(json::unquote(R"("\u0041\u00e9\u20AC\ud83D\uDe00")") == "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(json::unquote(R"("\u0000x")") == std::string("\0x", 2));
  CHECK(json::unquote(R"("\ud800")") == replacement);
  CHECK(json::unquote(R"("\udc00\ud800")") == replacement + replacement);
  CHECK(json::unquote(R"("\ud800\ud83d\ude00")") == replacement + "\xF0\x9F\x98\x80");
  CHECK(json::unquote(R"("\ud800\n")") == replacement + "\n");
  CHECK(json::unquote(R"("\ud800u")") == replacement + "u");
  CHECK(json::unquote(R"("")").empty());
}

TEST_CASE("quote makes a string that every JSON reader takes") {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  every += "\xF0\x9F\x98\x80\xE2\x80\xA8";
  auto quoted = json::quote(every);
  CHECK(Tree::parse(quoted) == every);
  CHECK(json::compact(quoted) == quoted);
  CHECK(json::unquote(quoted) == every);
}

TEST_CASE("random values mean the same before and after, as nlohmann/json reads them") {
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    auto text = RandomJson(seed).value(5);
    auto compact = json::compact(text);
    REQUIRE(compact);
    REQUIRE(json::compact(*compact) == compact);
    auto tree = Tree::parse(text);
    REQUIRE(Tree::parse(*compact) == tree);
    if (tree.is_array()) {
      auto elements = json::elements(*compact);
      REQUIRE(elements.size() == tree.size());
      for (std::size_t i = 0; i < elements.size(); ++i) REQUIRE(Tree::parse(elements[i]) == tree[i]);
    }
    if (tree.is_object()) {
      for (const auto& [key, value] : tree.items()) REQUIRE(Tree::parse(*json::member(*compact, key)) == value);
    }
    if (tree.is_string()) REQUIRE(json::unquote(*compact) == tree.get<std::string>());
  }
}

TEST_CASE("equal values have one canonical text, whatever their spelling") {
  auto same = [](std::string_view one, std::string_view other) {
    return json::canonical(one) == json::canonical(other);
  };
  CHECK(same(R"({"a":1,"b":[true,null]})", R"({"b":[true,null],"a":1})"));
  CHECK(same(R"({"a":1,"a":2})", R"({"\u0061":2})"));
  CHECK(same(R"(["\u00e9\/",1.0,-0,1e2])", "[\"\u00e9/\",1,0.0,100]"));
  for (auto other : {R"({"a":2})", R"({"b":1})", R"({"a":"1"})", R"({"a":[1]})", R"({"a":1,"b":1})", R"({})", "[1]"}) {
    CAPTURE(other);
    CHECK_FALSE(same(R"({"a":1})", other));
  }
  CHECK_FALSE(same("[1,2]", "[2,1]"));
  CHECK_FALSE(same(R"(["1,2"])", R"([1,2])"));
}

TEST_CASE("random damage is judged as nlohmann/json judges it") {
  std::mt19937 random(7);
  const std::string bytes = "{}[]\",:\\0-1.e+tn \n\x80\xC3";
  for (unsigned seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    auto text = RandomJson(seed).value(4);
    for (int i = 0; i < 2; ++i) text[random() % text.size()] = bytes[random() % bytes.size()];
    bool ours = json::compact(text).has_value();
    if (Tree::accept(text)) CHECK(ours);
    // nlohmann/json does not take lone surrogates and numbers beyond a double; we do.
    bool special = text.find("\\u") != std::string::npos || text.find_first_of("eE") != std::string::npos;
    if (ours && !special) CHECK(Tree::accept(text));
  }
}
