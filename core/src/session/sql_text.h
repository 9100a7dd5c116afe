#pragma once

#include "agents/stores.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace agents {

// Whether the file has branches of Python's (`sql_branches.h`), and counts how often conversations were cleared.
enum class Branches { None, Kept, WithClears };

// SQL as this directory writes it. A name in braces stands for a table, or for a piece that several statements share:
//
//   {sessions} {messages}        Python's tables
//   {items} {shelves} {leases}   ours: what lies on shelves, the shelves, the leases
//   {search} {stale}             of the search index (`sql_search.h`)
//   {now} {nowMs}                the database's clock, as `created_at` has it and in milliseconds
//   {version} {life} {newLife}   of the conversation ?1 (`schema.h` says what a life is)
//   {uid} {isItem} {itemText}    of a row of {messages}
//   {visible} {visibleOfS}       " AND …": rows of {messages} that are in the active history of the conversation ?1, or
//                                of the one that the row `s` names
//   {msLeft}                     of a row of {leases}
//   {bytes}                      BLOB, or TEXT where bytes do not travel: what long texts are cast to on their way out
class SqlText {
 public:
  explicit SqlText(SqlNames names, SqlLimits limits = {}) : names_(std::move(names)), limits_(limits) {}

  // What the file has of Python's branches. Python may begin with them while we have the file open.
  void setBranches(Branches branches) {
    if (std::exchange(branches_, branches) != branches) known_.clear();
  }
  Branches branches() const { return branches_; }

  // `sql` with all that replaced, once for each text. The result lives as long as the object.
  const std::string& operator()(std::string_view sql);

  const SqlNames& names() const { return names_; }
  const SqlLimits& limits() const { return limits_; }

 private:
  SqlNames names_;
  SqlLimits limits_;
  Branches branches_ = Branches::None;
  std::map<std::string, std::string, std::less<>> known_;
};

}  // namespace agents
