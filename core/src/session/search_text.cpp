#include "search_text.h"

#include "agents/json_text.h"

#include <algorithm>
#include <array>

namespace agents {

namespace {

// The members that people or models wrote, and the outputs of tools; with their quotes.
constexpr std::array<std::string_view, 20> Said{
    R"("text")",   R"("refusal")",  R"("name")",           R"("arguments")", R"("input")",
    R"("output")", R"("content")",  R"("summary")",        R"("query")",     R"("queries")",
    R"("code")",   R"("logs")",     R"("transcript")",     R"("error")",     R"("command")",
    R"("stdout")", R"("commands")", R"("revised_prompt")", R"("stderr")",    R"("title")"};

bool isSaid(std::string_view key) { return std::find(Said.begin(), Said.end(), key) != Said.end(); }

// Behind the string that begins at `at`.
std::size_t endOfString(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

void addPiece(std::string& all, std::string_view piece, char between) {
  if (piece.empty() || all.size() >= MaxSearchText) return;
  if (!all.empty()) all += between;
  all += piece;
}

bool isNumberPart(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

// Every string and number of a JSON text.
std::string valuesOf(std::string_view json) {
  std::string all;
  for (std::size_t at = 0; at < json.size();) {
    auto end = at + 1;
    if (json[at] == '"') {
      end = endOfString(json, at);
      addPiece(all, json::unquote(json.substr(at, end - at)), ' ');
    } else if (json[at] == '-' || (json[at] >= '0' && json[at] <= '9')) {
      while (end < json.size() && isNumberPart(json[end])) ++end;
      addPiece(all, json.substr(at, end - at), ' ');
    }
    at = end;
  }
  return all;
}

void addText(std::string& all, const std::string& text) {
  bool mayBeJson = text.starts_with('{') || text.starts_with('[');
  auto json = mayBeJson ? json::compact(text) : std::nullopt;
  addPiece(all, json ? valuesOf(*json) : text, '\n');
}

void cut(std::string& text) {
  if (text.size() <= MaxSearchText) return;
  auto end = MaxSearchText;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  text.resize(end);
}

}  // namespace

std::string searchText(std::string_view item) {
  std::string all;
  std::string_view key;
  for (std::size_t at = 0; at < item.size();) {
    if (item[at] != '"') {
      ++at;
      continue;
    }
    auto end = endOfString(item, at);
    auto string = item.substr(at, end - at);
    if (end < item.size() && item[end] == ':') {
      key = string;
    } else if (isSaid(key)) {
      addText(all, json::unquote(string));
    }
    at = end;
  }
  cut(all);
  return all;
}

}  // namespace agents
