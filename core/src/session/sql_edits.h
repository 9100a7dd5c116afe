#pragma once

#include "agents/store.h"
#include "sql_statements.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace agents {

// Writes the edits of one change as SQL, in their order.
class SqlEdits {
 public:
  explicit SqlEdits(SqlStatements& statements) : statements_(statements) {}

  void operator()(const edit::Append& edit);
  void operator()(const edit::Remove& edit);
  void operator()(const edit::Replace& edit);
  void operator()(const edit::Shelve& edit);
  void operator()(const edit::StandIn& edit);
  void operator()(const edit::SetAside& edit);
  void operator()(const edit::Restore& edit);
  void operator()(const edit::Discard& edit);
  void operator()(const edit::Note& edit);
  void operator()(const edit::Hold& edit);
  void operator()(const edit::Release& edit);
  void operator()(const edit::Describe& edit);
  void operator()(const edit::Clear& edit);
  void operator()(const edit::Delete& edit);

  // Behind the last edit.
  void finish();

 private:
  enum class Touched { No, IfThere, Made };

  // Where the items of a batch go: the table and the beginning of its columns, the values of those columns, which may
  // ask for one parameter as ?9, and the uids.
  struct Target {
    std::string_view into;
    std::string_view values = {};
    std::string_view uid = "?2 || '.' || ?4 || '.' || nth";
  };

  // Makes the conversation if it is not there, and marks it changed.
  void make();
  // As `make`, but makes nothing.
  void touch();
  // Removes the shelves of an earlier life, whose names are free again.
  void sweep();
  void insert(const Batch& batch, Target target, const SqlValue& param = nullptr);
  // The shelf is there from now on, if anything lies on it.
  void keepShelf(const std::string& shelf);
  // Moves rows of the history, of a conversation that is there: a shelf belongs to its life.
  void moveToShelf(std::string_view text, std::string_view which, SqlValue chosen, const std::string& shelf);
  void endShelf(const std::string& shelf);
  void removeAll();
  // Some rows of the history are about to change, or to go: those of `which`, with `chosen` as ?3.
  void changeRows(std::string_view which, const SqlValue& chosen);

  SqlStatements& statements_;
  std::int64_t appended_ = 0;
  Touched touched_ = Touched::No;
  bool swept_ = false;
  // Whether the history has other rows, or in another order.
  bool rearranged_ = false;
};

}  // namespace agents
