#pragma once

#include "agents/json_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Heads are short, flat JSON objects. They are read and written member by member: a tree of each would cost every
// operation code and time.
namespace agents::wasm {

// Reads a head. It views the text, which the JavaScript side wrote: JSON without white space.
// What must be there fails with Internal when it is not; what is null counts as not there.
class HeadReader {
 public:
  explicit HeadReader(std::string_view object);

  bool has(std::string_view key) const { return find(key).has_value(); }
  std::string text(std::string_view key) const;
  // A larger count than a word holds here means no limit.
  std::size_t count(std::string_view key) const;
  double number(std::string_view key) const;
  // The value's text.
  std::string_view json(std::string_view key) const;
  HeadReader object(std::string_view key) const { return HeadReader(json(key)); }
  std::vector<std::string_view> list(std::string_view key) const { return agents::json::elements(json(key)); }

  std::vector<std::string> texts(std::string_view key) const;

  // What may be missing: nothing or false then.
  std::optional<std::string> maybeText(std::string_view key) const;
  std::optional<std::size_t> maybeCount(std::string_view key) const;
  bool flag(std::string_view key) const { return find(key) == "true"; }

 private:
  std::optional<std::string_view> find(std::string_view key) const;

  std::vector<agents::json::Member> members_;
};

// The string or number that a JSON value is. Fails with Internal when it is none.
std::string textOf(std::string_view json);
double numberOf(std::string_view json);

// Writes a head.
class HeadWriter {
 public:
  HeadWriter& text(std::string_view key, std::string_view value);
  HeadWriter& count(std::string_view key, std::int64_t value);
  HeadWriter& number(std::string_view key, double value);
  HeadWriter& flag(std::string_view key, bool value) { return json(key, value ? "true" : "false"); }
  // `value` is JSON.
  HeadWriter& json(std::string_view key, std::string_view value);

  // Leave out what is not there.
  HeadWriter& maybeText(std::string_view key, const std::optional<std::string>& value);
  HeadWriter& maybeCount(std::string_view key, const std::optional<std::size_t>& value);

  std::string take();

 private:
  std::string text_ = "{";
};

// Writes a JSON array.
class ListWriter {
 public:
  // `value` is JSON.
  void add(std::string_view value);
  std::string take();

 private:
  std::string text_ = "[";
};

std::string numberJson(double value);
std::string textsJson(const std::vector<std::string>& texts);

}  // namespace agents::wasm
