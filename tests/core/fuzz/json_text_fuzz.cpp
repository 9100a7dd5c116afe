#include "agents/json_text.h"
#include "target.h"

#include <nlohmann/json.hpp>

namespace {

using Tree = nlohmann::json;
namespace json = agents::json;

enum class Verdict { Json, TooLarge, NoJson };

Verdict nlohmanns(std::string_view text) {
  try {
    return Tree::parse(text).is_discarded() ? Verdict::NoJson : Verdict::Json;
  } catch (const Tree::out_of_range&) {
    return Verdict::TooLarge;
  } catch (const Tree::parse_error&) {
    return Verdict::NoJson;
  }
}

void checkParts(const std::string& text) {
  std::string joined;
  auto addPart = [&](std::string_view part) {
    require(json::compact(part) == part, "A part is one compact value.");
    if (joined.size() > 1) joined += ',';
    joined += part;
  };
  if (json::isArray(text)) {
    joined = "[";
    for (auto element : json::elements(text)) addPart(element);
    require(joined + "]" == text, "The elements make up the array.");
  }
  if (json::isObject(text)) {
    joined = "{";
    for (const auto& member : json::members(text)) {
      addPart(member.key);
      joined += ':';
      joined += member.value;
      require(json::compact(member.value) == member.value, "A member's value is one compact value.");
      require(json::member(text, json::unquote(member.key)).has_value(), "A member is found by its key.");
    }
    require(joined + "}" == text, "The members make up the object.");
  }
  if (json::isString(text)) {
    auto quoted = json::quote(json::unquote(text));
    require(json::compact(quoted) == quoted, "A string that is quoted again is JSON.");
    require(json::unquote(quoted) == json::unquote(text), "A string that is quoted again means the same.");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  json::Flaw flaw;
  auto text = json::compact(input, &flaw);
  auto verdict = nlohmanns(input);
  if (text) {
    require(json::compact(*text) == text, "Compacting is idempotent.");
    // nlohmann/json does not take lone surrogates.
    bool surrogates = input.find("\\u") != std::string::npos;
    require(verdict != Verdict::NoJson || surrogates, "What we accept is JSON.");
    if (verdict == Verdict::Json) require(Tree::parse(input) == Tree::parse(*text), "Compacting keeps the meaning.");
    checkParts(*text);
  } else {
    require(!flaw.reason.empty(), "A refusal says why.");
    // nlohmann/json skips a byte order mark, takes a NUL for the end, and has no limit for nesting.
    bool excused = input.starts_with("\xEF\xBB\xBF") || input.find('\0') != std::string::npos ||
                   flaw.reason.find("deeper") != std::string::npos;
    require(verdict != Verdict::Json || excused, "What is JSON is accepted.");
  }
  return 0;
}

std::vector<std::string> fuzzSeeds() {
  return {R"( { "a" : [ 1 , -0.5e+10 , true , null ] , "b" : { "" : "\u00e9\ud83d\ude00\n" } } )",
          R"(["a,]\"",[[[]]],{"x":"},"},"",false])", R"("\ud800 \\ \/ é 😀")",
          R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello!"}],"type":"x"})",
          std::string(498, '[') + "{\"a\":[]}" + std::string(498, ']')};
}
