#pragma once

#include "agents/search.h"
#include "agents/sql.h"
#include "agents/store.h"
#include "search_words.h"
#include "sql_statements.h"
#include "sql_text.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agents {

// The full-text index of a SQL store, made by the first search:
//
//   agents_wasm_agent_messages_search  FTS5 without the texts: words by place. A place is the id that an item has in
//                                      {messages}, or had before it was shelved; what lies there is one entry
//   agents_wasm_agent_messages_stale   places whose entries are not what lies there. Triggers write them, whoever
//                                      changes a row, Python too; the next search mends them
//
// In agents_wasm_meta stands up to which row all is indexed. What a search finds is read and looked at, so that an
// entry that is out of date shows nothing.
class SqlSearch {
 public:
  SqlSearch(std::shared_ptr<SqlDatabase> database, SqlText& text) : database_(std::move(database)), text_(text) {}

  // Makes the index. False where SQLite has no FTS5.
  Task<bool> prepare();

  // Brings the index up to date, a part of it at a time; nothing when it is.
  Task<std::optional<SearchPage>> extend();

  // Searches what is indexed.
  Task<SearchPage> find(SearchQuery query, std::vector<SearchTerm> terms);

  // Adds to the statements of a change, before the last one, that what it takes away leaves the index too.
  Task<> forget(const Change& change, std::vector<SqlStatement>& batch);

 private:
  // What a step found to index, and the state of the index that it is for.
  struct Indexed {
    std::int64_t upTo = 0;                  // of {messages}
    std::int64_t changes = 0;               // of {stale}
    std::int64_t mended = 0;                // of {stale}, up to here
    std::vector<Lists::List> entries = {};  // of [place, words] each
  };

  Task<bool> isThere();
  Task<bool> has(std::string sql);
  // Nothing where that cannot be asked: D1 and Durable Objects allow few pragmas.
  Task<std::optional<bool>> hasModule();
  // Gives what it fails with.
  Task<std::exception_ptr> make(std::string options);
  Task<> write(Indexed indexed);

  std::shared_ptr<SqlDatabase> database_;
  SqlText& text_;
  bool isThere_ = false;
  bool isMissing_ = false;
};

}  // namespace agents
