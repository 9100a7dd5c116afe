#include "sql_statements.h"

#include "agents/json_text.h"

namespace agents {

void SqlStatements::add(std::string_view sql, std::vector<SqlValue> more) {
  std::vector<SqlValue> params{conversationId_, opId_};
  for (auto& value : more) params.push_back(std::move(value));
  const auto& text = text_(sql);
  // SQLite refuses a parameter that no place asks for.
  while (!params.empty() && text.find("?" + std::to_string(params.size())) == std::string::npos) params.pop_back();
  batch_.push_back({text, std::move(params)});
}

std::string quotedList(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const auto& text : texts) list += (list.size() > 1 ? "," : "") + json::quote(text);
  return list + "]";
}

void Lists::add(std::string_view element) {
  if (lists_.back().text.size() > 1 && lists_.back().text.size() + element.size() > bytes_) {
    lists_.back().text += ']';
    lists_.push_back({"[", count_});
  }
  auto& list = lists_.back().text;
  if (list.size() > 1) list += ',';
  list += element;
  ++count_;
}

std::vector<Lists::List> Lists::take() {
  lists_.back().text += ']';
  return std::move(lists_);
}

std::vector<Lists::List> quotedLists(const std::vector<std::string>& texts, std::size_t bytes) {
  Lists lists(bytes);
  for (const auto& text : texts) lists.add(json::quote(text));
  return lists.take();
}

}  // namespace agents
