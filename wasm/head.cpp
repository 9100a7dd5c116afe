#include "head.h"

#include "agents/error.h"

#include <emscripten/em_js.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

// The shortest text that reads as the same number; null for what JSON has no number for. C++ would need tables for it.
EM_JS_DEPS(head, "$stringToUTF8");
EM_JS(void, writeNumber, (double value, char* text, std::size_t size),
      { stringToUTF8(JSON.stringify(value), text, size); });

namespace agents::wasm {

namespace {

[[noreturn]] void throwUnexpected(std::string_view what) {
  throw AgentsError(ErrorCode::Internal, "agents-wasm failed: the border has no " + std::string(what) + ".");
}

std::size_t countOf(std::string_view json) {
  constexpr double Most = std::numeric_limits<std::int32_t>::max() - 1;
  return static_cast<std::size_t>(std::clamp(numberOf(json), 0.0, Most));
}

}  // namespace

HeadReader::HeadReader(std::string_view object) {
  if (!agents::json::isObject(object)) throwUnexpected("object");
  members_ = agents::json::members(object);
}

std::optional<std::string_view> HeadReader::find(std::string_view key) const {
  for (const auto& member : members_) {
    if (agents::json::inner(member.key) != key) continue;
    if (member.value == "null") return std::nullopt;
    return member.value;
  }
  return std::nullopt;
}

std::string_view HeadReader::json(std::string_view key) const {
  auto found = find(key);
  if (!found) throwUnexpected(key);
  return *found;
}

std::string HeadReader::text(std::string_view key) const { return textOf(json(key)); }

std::size_t HeadReader::count(std::string_view key) const { return countOf(json(key)); }

double HeadReader::number(std::string_view key) const { return numberOf(json(key)); }

std::vector<std::string> HeadReader::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (auto json : list(key)) texts.push_back(textOf(json));
  return texts;
}

std::optional<std::string> HeadReader::maybeText(std::string_view key) const {
  auto found = find(key);
  return found ? std::optional(textOf(*found)) : std::nullopt;
}

std::optional<std::size_t> HeadReader::maybeCount(std::string_view key) const {
  auto found = find(key);
  return found ? std::optional(countOf(*found)) : std::nullopt;
}

std::string textOf(std::string_view json) {
  if (!agents::json::isString(json)) throwUnexpected("string");
  return agents::json::unquote(json);
}

double numberOf(std::string_view json) {
  std::string digits(json);
  char* end = nullptr;
  auto number = std::strtod(digits.c_str(), &end);
  if (digits.empty() || end != digits.c_str() + digits.size()) throwUnexpected("number");
  return number;
}

HeadWriter& HeadWriter::text(std::string_view key, std::string_view value) {
  return json(key, agents::json::quote(value));
}

HeadWriter& HeadWriter::count(std::string_view key, std::int64_t value) { return json(key, std::to_string(value)); }

HeadWriter& HeadWriter::number(std::string_view key, double value) { return json(key, numberJson(value)); }

HeadWriter& HeadWriter::json(std::string_view key, std::string_view value) {
  if (text_.size() > 1) text_ += ',';
  ((text_ += agents::json::quote(key)) += ':') += value;
  return *this;
}

HeadWriter& HeadWriter::maybeText(std::string_view key, const std::optional<std::string>& value) {
  return value ? text(key, *value) : *this;
}

HeadWriter& HeadWriter::maybeCount(std::string_view key, const std::optional<std::size_t>& value) {
  return value ? count(key, static_cast<std::int64_t>(*value)) : *this;
}

std::string HeadWriter::take() { return std::move(text_ += '}'); }

void ListWriter::add(std::string_view value) {
  if (text_.size() > 1) text_ += ',';
  text_ += value;
}

std::string ListWriter::take() { return std::move(text_ += ']'); }

std::string numberJson(double value) {
  std::array<char, 32> text;
  writeNumber(value, text.data(), text.size());
  return text.data();
}

std::string textsJson(const std::vector<std::string>& texts) {
  ListWriter list;
  for (const auto& text : texts) list.add(agents::json::quote(text));
  return list.take();
}

}  // namespace agents::wasm
