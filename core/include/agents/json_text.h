#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// JSON as text: checked once, then cut and joined without ever building a tree. nlohmann/json would sort keys, rewrite
// numbers, refuse lone surrogates and overflow the stack on deep nesting; a stored item has to survive unchanged.
namespace agents::json {

// Deeper nesting is refused: SQLite's own limit is 1,000, and readers of ours recurse.
inline constexpr std::size_t MaxDepth = 500;

// Why a text is not acceptable JSON, as the end of a sentence: "is not valid JSON at byte 17".
struct Flaw {
  std::string reason;
};

// The one JSON value (RFC 8259, well-formed UTF-8, at most MaxDepth deep) that `text` holds, without the white space
// between tokens; nothing else of it changes. Without a value, `flaw` says why.
std::optional<std::string> compact(std::string_view text, Flaw* flaw = nullptr);

// The functions below expect what `compact` returned.

// The elements of an array, as slices of `array`.
std::vector<std::string_view> elements(std::string_view array);
// What stands between the brackets of an array: its elements, joined by commas.
std::string_view inner(std::string_view array);

struct Member {
  std::string_view key;  // with its quotes
  std::string_view value;
};
std::vector<Member> members(std::string_view object);
// The value under `key`; of several, the last, as JSON.parse does it. Nothing if `object` is not an object.
std::optional<std::string_view> member(std::string_view object, std::string_view key);
// The decoded string under `key`, or nothing if there is none or it is not a string.
std::optional<std::string> stringMember(std::string_view object, std::string_view key);

inline bool isObject(std::string_view value) { return !value.empty() && value.front() == '{'; }
inline bool isArray(std::string_view value) { return !value.empty() && value.front() == '['; }
inline bool isString(std::string_view value) { return !value.empty() && value.front() == '"'; }

// The text that a JSON string stands for. A lone surrogate becomes U+FFFD.
std::string unquote(std::string_view string);
// `text` (UTF-8) as a JSON string.
std::string quote(std::string_view text);

// Equal for equal values, whatever the order of members and the spelling of numbers and strings. Not JSON, not for
// keeping.
std::string canonical(std::string_view value);

}  // namespace agents::json
