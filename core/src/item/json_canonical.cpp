#include "agents/json_text.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <set>

namespace agents::json {

namespace {

bool isNumber(std::string_view value) { return value.front() == '-' || (value.front() >= '0' && value.front() <= '9'); }

// As JavaScript reads it, which has one kind of number: 1.0 and 1 are the same, and so are 0 and -0.
std::string canonicalNumber(const std::string& number) {
  return std::to_string(std::bit_cast<std::uint64_t>(std::strtod(number.c_str(), nullptr) + 0.0));
}

std::string canonicalArray(std::string_view array) {
  std::string out = "[";
  for (auto element : elements(array)) (out += canonical(element)) += ',';
  return out += ']';
}

std::string canonicalObject(std::string_view object) {
  std::set<std::string> keys;
  std::set<std::string> sorted;
  auto all = members(object);
  // From the end: of several members of one name, the last counts.
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    auto key = canonical(one->key);
    if (keys.insert(key).second) sorted.insert((key += ':') += canonical(one->value));
  }
  std::string out = "{";
  for (const auto& member : sorted) (out += member) += ',';
  return out += '}';
}

}  // namespace

std::string canonical(std::string_view value) {
  if (isString(value)) return quote(unquote(value));
  if (isArray(value)) return canonicalArray(value);
  if (isObject(value)) return canonicalObject(value);
  return isNumber(value) ? canonicalNumber(std::string(value)) : std::string(value);
}

}  // namespace agents::json
