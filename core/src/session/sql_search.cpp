#include "sql_search.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/open_run.h"
#include "cursor.h"
#include "search_hits.h"
#include "search_text.h"
#include "sql_row.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view Exists = "SELECT 1 FROM sqlite_master WHERE name = '{search}'";
constexpr std::string_view HasFts5 = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'";

// The words come with spaces between them, all but plain ASCII in one piece. Without the texts, an entry can be removed
// since SQLite 3.43; older ones keep them.
constexpr std::string_view Create = "CREATE VIRTUAL TABLE {search} USING fts5(words, tokenize = 'ascii'";
constexpr std::string_view WithoutTexts = ", content = '', contentless_delete = 1";
constexpr std::string_view WithTexts = ", columnsize = 0";
constexpr std::string_view CreateStale =
    "CREATE TABLE {stale} (seq INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL)";
constexpr std::string_view IndexShelved =
    "INSERT INTO {stale} (place) SELECT DISTINCT place FROM {items} WHERE place IS NOT NULL";
constexpr std::string_view BeginMark =
    "INSERT INTO agents_wasm_meta (key, value) VALUES ('search:{messages}', '0') ON CONFLICT (key) DO UPDATE SET value "
    "= '0'";
// Behind the mark all rows are read anyway.
constexpr std::string_view OnInsert =
    "CREATE TRIGGER agents_wasm_{messages}_put_back AFTER INSERT ON {messages} WHEN NEW.id <= (SELECT CAST(value AS "
    "INTEGER) FROM agents_wasm_meta WHERE key = 'search:{messages}') BEGIN INSERT INTO {stale} (place) VALUES "
    "(NEW.id); END";
constexpr std::string_view OnUpdate =
    "CREATE TRIGGER agents_wasm_{messages}_reworded AFTER UPDATE OF message_data ON {messages} BEGIN INSERT INTO "
    "{stale} (place) VALUES (NEW.id); END";
constexpr std::string_view OnDelete =
    "CREATE TRIGGER agents_wasm_{messages}_taken AFTER DELETE ON {messages} BEGIN INSERT INTO {stale} (place) VALUES "
    "(OLD.id); END";
constexpr std::string_view OnShelfUpdate =
    "CREATE TRIGGER {items}_reworded AFTER UPDATE OF message_data ON {items} WHEN NEW.place IS NOT NULL BEGIN INSERT "
    "INTO {stale} (place) VALUES (NEW.place); END";
constexpr std::string_view OnShelfDelete =
    "CREATE TRIGGER {items}_taken AFTER DELETE ON {items} WHEN OLD.place IS NOT NULL BEGIN INSERT INTO {stale} (place) "
    "VALUES (OLD.place); END";

// How far the index is, how often anything became stale, how far the rows go, and how much is stale.
constexpr std::string_view ReadState =
    "SELECT CAST(COALESCE((SELECT value FROM agents_wasm_meta WHERE key = 'search:{messages}'), '0') AS INTEGER) AS "
    "mark, COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{stale}'), 0) AS changes, COALESCE((SELECT MAX(id) "
    "FROM {messages}), 0) AS newest, (SELECT COUNT(*) FROM {stale}) AS stale";
// So many rows, or about so many bytes of them; rows that are no items have no text.
constexpr std::string_view ReadRows =
    "SELECT id, CASE WHEN {isItem} THEN CAST({itemText} AS {bytes}) END AS item FROM (SELECT at, SUM(size) OVER (ORDER "
    "BY "
    "at) - size AS ahead FROM (SELECT id AS at, length(CAST(message_data AS BLOB)) AS size FROM {messages} WHERE id > "
    "(SELECT CAST(value AS INTEGER) FROM agents_wasm_meta WHERE key = 'search:{messages}') ORDER BY id LIMIT 500)), "
    "{messages} WHERE id = at AND ahead < 1000000 ORDER BY id";
constexpr std::string_view ReadStaleEnd = "SELECT MAX(seq) AS seq FROM (SELECT seq FROM {stale} ORDER BY seq LIMIT 25)";
constexpr std::string_view ReadStale =
    "SELECT id AS place, CAST({itemText} AS {bytes}) AS item FROM {messages} WHERE id IN (SELECT place FROM {stale} "
    "ORDER "
    "BY seq LIMIT 25) AND {isItem} UNION ALL SELECT place, CAST(message_data AS {bytes}) FROM {items} WHERE place IN "
    "(SELECT place FROM {stale} ORDER BY seq LIMIT 25) ORDER BY 1";

// Refuses the batch when anything happened to the index, or to what it is of, since its state was read.
constexpr std::string_view NeedState =
    "INSERT INTO agents_wasm_operations (op_id, session_id, fingerprint, holds) SELECT '', '', '', 0 WHERE NOT "
    "COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{stale}'), 0) = ?1";
constexpr std::string_view Unindex = "DELETE FROM {search} WHERE rowid IN (SELECT place FROM {stale} WHERE seq <= ?1)";
constexpr std::string_view Index =
    "INSERT OR REPLACE INTO {search} (rowid, words) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') "
    "FROM json_each(CAST(?1 AS TEXT))";
constexpr std::string_view DropMended = "DELETE FROM {stale} WHERE seq <= ?1";
constexpr std::string_view MoveMark =
    "UPDATE agents_wasm_meta SET value = ?1 WHERE key = 'search:{messages}' AND CAST(value AS INTEGER) < CAST(?1 AS "
    "INTEGER)";

constexpr std::string_view UnindexAll = "DELETE FROM {search} WHERE rowid IN (SELECT place FROM {stale})";
constexpr std::string_view DropGone =
    "DELETE FROM {stale} WHERE NOT EXISTS (SELECT 1 FROM {messages} WHERE id = place) AND NOT EXISTS (SELECT 1 FROM "
    "{items} i WHERE i.place = {stale}.place)";

constexpr std::string_view IsSearchedShelf = "(shelf LIKE 'folded:%' OR shelf LIKE 'branch:%')";

std::string inConversation(const SearchQuery& query) { return query.conversationId ? " AND session_id = ?4" : ""; }

// ?1 is what to match, ?2 where to go on, ?3 how many places.
std::string findStatement(const SearchQuery& query) {
  auto in = inConversation(query);
  auto shelved = " AND " + std::string(IsSearchedShelf) + in;
  // Places first: what is found may be gone, and is not counted then.
  auto places =
      "WITH found AS (SELECT rowid AS at FROM {search} WHERE {search} MATCH ?1 AND rowid < ?2 AND (EXISTS (SELECT 1 "
      "FROM {messages} s WHERE id = {search}.rowid{visibleOfS}" +
      in + ") OR EXISTS (SELECT 1 FROM {items} WHERE place = {search}.rowid" + shelved +
      ")) ORDER BY rowid DESC LIMIT ?3) ";
  return places +
         "SELECT at, session_id, '' AS shelf, {uid} AS uid, CAST({itemText} AS {bytes}) AS item, "
         "strftime('%Y-%m-%dT%H:%M:%fZ', created_at) AS created FROM found, {messages} s WHERE id = at AND "
         "{isItem}{visibleOfS}" +
         in +
         " UNION ALL SELECT at, session_id, shelf, uid, CAST(message_data AS {bytes}), strftime('%Y-%m-%dT%H:%M:%fZ', "
         "created_at) FROM found, {items} i WHERE place = at AND EXISTS (SELECT 1 FROM {shelves} h, {sessions} s WHERE "
         "h.session_id = i.session_id AND h.shelf = i.shelf AND s.session_id = i.session_id AND s.life = h.life)" +
         shelved +
         // How many places there were, and the last of them.
         " UNION ALL SELECT MIN(at), NULL, NULL, NULL, NULL, COUNT(*) FROM found ORDER BY 1 DESC";
}

// What a change takes away is to leave the index. Journals were never in it.
bool takesAway(const Change& change) {
  return std::any_of(change.edits.begin(), change.edits.end(), [](const Edit& edit) {
    if (auto discard = std::get_if<edit::Discard>(&edit)) return !discard->shelf.starts_with(JournalPrefix);
    return std::holds_alternative<edit::Remove>(edit) || std::holds_alternative<edit::Replace>(edit) ||
           std::holds_alternative<edit::Clear>(edit) || std::holds_alternative<edit::Delete>(edit);
  });
}

SearchHit hitFrom(SearchHit hit, SqlRow& row) {
  hit.conversationId = textAt(row, 1);
  hit.shelf = textAt(row, 2);
  hit.uid = textAt(row, 3);
  hit.createdAt = textAt(row, 5);
  return hit;
}

// A page ends behind a place: what else lies there is on it too.
SearchPage pageFrom(std::vector<SqlRow>& rows, const std::vector<SearchTerm>& terms, std::size_t limit) {
  SearchPage page;
  page.hasIndex = true;
  std::int64_t last = 0;
  for (auto& row : rows) {
    auto place = integerAt(row, 0);
    if (isNullAt(row, 1)) {
      if (!page.next && sizeAt(row, 5) > limit) page.next = std::to_string(place);
      continue;
    }
    if (page.next || (page.hits.size() >= limit && place != last)) {
      page.next = std::to_string(last);
      continue;
    }
    last = place;
    if (auto hit = hitIn(textAt(row, 4), terms)) page.hits.push_back(hitFrom(*std::move(hit), row));
  }
  return page;
}

// Of what one value cannot hold, the beginning is found.
void cut(std::string& words, const SqlLimits& limits) {
  if (words.size() > limits.itemBytes()) words.resize(words.rfind(' ', limits.itemBytes()));
}

// Entries of rows that come in the order of their places; those of one place are one.
std::vector<Lists::List> entriesOf(std::vector<SqlRow>& rows, const SqlLimits& limits) {
  Lists entries(limits.pieceBytes());
  std::string words;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    auto place = integerAt(rows[at], 0);
    if (!isNullAt(rows[at], 1)) words += (words.empty() ? "" : " ") + wordsOf(searchText(textAt(rows[at], 1)));
    if (at + 1 < rows.size() && integerAt(rows[at + 1], 0) == place) continue;
    cut(words, limits);
    if (!words.empty()) entries.add("[" + std::to_string(place) + "," + json::quote(words) + "]");
    words.clear();
  }
  return entries.take();
}

}  // namespace

Task<bool> SqlSearch::has(std::string sql) {
  std::vector<SqlStatement> ask{{std::move(sql), {}}};
  auto results = co_await database_->batch(std::move(ask));
  co_return !results[0].empty();
}

Task<std::optional<bool>> SqlSearch::hasModule() {
  try {
    co_return co_await has(std::string(HasFts5));
  } catch (const AgentsError& error) {
    if (error.code() != ErrorCode::InvalidArgument) throw;
  }
  co_return std::nullopt;
}

Task<bool> SqlSearch::isThere() {
  if (!isThere_) isThere_ = co_await has(text_(Exists));
  co_return isThere_;
}

Task<std::exception_ptr> SqlSearch::make(std::string options) {
  std::vector<SqlStatement> batch{{text_(std::string(Create) + options + ")"), {}}};
  for (auto sql : {CreateStale, OnInsert, OnUpdate, OnDelete, OnShelfUpdate, OnShelfDelete, IndexShelved, BeginMark}) {
    batch.push_back({text_(sql), {}});
  }
  std::exception_ptr failure;
  auto isRefused = false;
  try {
    co_await database_->batch(std::move(batch));
  } catch (const AgentsError& error) {
    failure = std::current_exception();
    isRefused = error.code() == ErrorCode::InvalidArgument || error.code() == ErrorCode::SessionConflict;
  }
  // What fails for another reason tells nothing of what SQLite can do here.
  if (failure && !isRefused) std::rethrow_exception(failure);
  co_return failure;
}

// Another caller may come first.
Task<bool> SqlSearch::prepare() {
  if (isMissing_) co_return false;
  if (co_await isThere()) co_return true;
  auto hasFts5 = co_await hasModule();
  isMissing_ = hasFts5 == false;
  if (isMissing_) co_return false;
  auto failure = co_await make(std::string(WithoutTexts));
  if (failure && !co_await isThere()) failure = co_await make(std::string(WithTexts));
  if (!failure || co_await isThere()) co_return true;
  if (hasFts5) std::rethrow_exception(failure);
  isMissing_ = true;
  co_return false;
}

Task<std::optional<SearchPage>> SqlSearch::extend() {
  std::vector<SqlStatement> batch{{text_(ReadState), {}}, {text_(ReadRows), {}}};
  auto results = co_await database_->batch(std::move(batch));
  auto& state = results[0][0];
  auto& rows = results[1];
  Indexed indexed{integerAt(state, 0), integerAt(state, 1)};
  SearchPage page;
  page.hasIndex = page.isIndexing = true;
  page.total = sizeAt(state, 2);
  if (!rows.empty()) {
    indexed.upTo = integerAt(rows.back(), 0);
    indexed.entries = entriesOf(rows, text_.limits());
  } else if (integerAt(state, 3) > 0) {
    std::vector<SqlStatement> ask{{text_(ReadState), {}}, {text_(ReadStaleEnd), {}}, {text_(ReadStale), {}}};
    auto stale = co_await database_->batch(std::move(ask));
    indexed.changes = integerAt(stale[0][0], 1);
    indexed.mended = integerAt(stale[1][0], 0);
    indexed.entries = entriesOf(stale[2], text_.limits());
  } else {
    co_return std::nullopt;
  }
  page.done = std::min(static_cast<std::size_t>(indexed.upTo), page.total);
  co_await write(std::move(indexed));
  co_return page;
}

// Another one may index at the same time, or change what is indexed: then the next step looks again.
Task<> SqlSearch::write(Indexed indexed) {
  std::vector<SqlStatement> batch{{text_(NeedState), {indexed.changes}}};
  if (indexed.mended > 0) batch.push_back({text_(Unindex), {indexed.mended}});
  for (auto& list : indexed.entries) batch.push_back({text_(Index), {Blob{std::move(list.text)}}});
  if (indexed.mended > 0) {
    batch.push_back({text_(DropMended), {indexed.mended}});
  } else {
    batch.push_back({text_(MoveMark), {std::to_string(indexed.upTo)}});
  }
  try {
    co_await database_->batch(std::move(batch));
  } catch (const AgentsError& error) {
    if (error.code() != ErrorCode::SessionConflict) throw;
  }
}

Task<SearchPage> SqlSearch::find(SearchQuery query, std::vector<SearchTerm> terms) {
  auto limit = std::min<std::size_t>(query.limit, 1000);
  constexpr std::int64_t Last = 9'007'199'254'740'991;
  std::vector<SqlValue> params{matchExpression(terms), query.after ? positionOf(*query.after) : Last,
                               static_cast<std::int64_t>(limit + 1)};
  if (query.conversationId) params.emplace_back(*query.conversationId);
  std::vector<SqlStatement> batch{{text_(findStatement(query)), std::move(params)}};
  auto results = co_await database_->batch(std::move(batch));
  co_return pageFrom(results[0], terms, limit);
}

Task<> SqlSearch::forget(const Change& change, std::vector<SqlStatement>& batch) {
  if (!takesAway(change) || !co_await isThere()) co_return;
  std::vector<SqlStatement> more{{text_(UnindexAll), {}}, {text_(DropGone), {}}};
  batch.insert(batch.end() - 1, more.begin(), more.end());
}

}  // namespace agents
