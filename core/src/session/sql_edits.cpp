#include "sql_edits.h"

#include "agents/error.h"
#include "agents/json_text.h"
#include "sql_branches.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace agents {

namespace {

// All that an item has beside its conversation and its text.
constexpr std::string_view Rest = "created_at, uid, agent, run_id, turn, sdk";

// Rows by their uids, in ?3.
constexpr std::string_view Named = "session_id = ?1 AND {uid} IN (SELECT value FROM json_each(?3)) AND {isItem}";

SqlValue orNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

bool isPlain(const Batch& batch) { return batch.sdk.empty() && batch.kept.empty(); }

void checkSize(std::size_t bytes, const SqlLimits& limits) {
  if (bytes <= limits.itemBytes()) return;
  throw AgentsError(ErrorCode::SessionTooLarge, "An item has " + std::to_string(bytes) +
                                                    " bytes, and this database takes items of at most " +
                                                    std::to_string(limits.itemBytes()) + " bytes.");
}

// [item, text of another SDK or null, uid, time]
std::string withMore(std::string_view item, std::string_view sdk, const Kept* kept) {
  auto list = "[" + std::string(item) + "," + (sdk.empty() ? "null" : json::quote(sdk));
  if (kept) list += "," + json::quote(kept->uid) + "," + json::quote(kept->at);
  return list + "]";
}

// JSON arrays of the items; with more about each, of lists.
std::vector<Lists::List> itemLists(const Batch& batch, const SqlLimits& limits) {
  auto array = "[" + batch.items.text.text() + "]";
  if (isPlain(batch) && array.size() <= limits.pieceBytes()) return {{std::move(array), 0}};
  Lists lists(limits.pieceBytes());
  std::size_t index = 0;
  for (auto item : json::elements(array)) {
    auto sdk = index < batch.sdk.size() ? std::string_view(batch.sdk[index]) : std::string_view();
    auto element =
        isPlain(batch) ? std::string(item) : withMore(item, sdk, batch.kept.empty() ? nullptr : &batch.kept[index]);
    checkSize(std::max(item.size() + sdk.size(), element.size()), limits);
    lists.add(element);
    ++index;
  }
  return lists.take();
}

}  // namespace

void SqlEdits::operator()(const edit::Append& append) {
  const auto& batch = append.batch;
  if (batch.items.count == 0) return;
  make();
  if (append.shelf.empty()) {
    rearranged_ = true;
    return insert(batch, {"{messages} ("});
  }
  sweep();
  insert(batch, {"{items} (shelf, ", "?9, "}, append.shelf);
  keepShelf(append.shelf);
}

void SqlEdits::operator()(const edit::Remove& remove) {
  touch();
  auto which = std::string(Named) + "{visible}";
  for (auto& list : quotedLists(remove.uids, statements_.limits().pieceBytes())) {
    SqlValue uids = std::move(list.text);
    changeRows(which, uids);
    statements_.add("DELETE FROM {messages} WHERE " + which, {std::move(uids)});
  }
}

void SqlEdits::operator()(const edit::Replace& replace) {
  checkSize(replace.item.size() + replace.sdk.size(), statements_.limits());
  touch();
  SqlValue uid = quotedList({replace.uid});
  std::vector<SqlValue> params{uid, Blob{replace.item}, orNull(replace.sdk)};
  std::string which(Named);
  if (replace.shelf.empty()) {
    which += "{visible}";
    changeRows(which, uid);
  } else {
    which += " AND shelf = ?6 AND {life} = (SELECT life FROM {shelves} WHERE session_id = ?1 AND shelf = ?6)";
    params.emplace_back(replace.shelf);
  }
  statements_.add(std::string(replace.shelf.empty() ? "UPDATE {messages}" : "UPDATE {items}") +
                      " SET message_data = CAST(?4 AS TEXT), sdk = ?5, uid = {uid} WHERE " + which,
                  std::move(params));
}

void SqlEdits::operator()(const edit::Shelve& shelve) {
  touch();
  for (auto& list : quotedLists(shelve.uids, statements_.limits().pieceBytes())) {
    moveToShelf("{itemText}", std::string(Named) + "{visible}", std::move(list.text), shelve.shelf);
  }
}

// Without a place the row gets the next id.
void SqlEdits::operator()(const edit::StandIn& standIn) {
  make();
  sweep();
  constexpr Target FreePlace{
      "{messages} (id, ",
      "(SELECT place FROM (SELECT place FROM {items} WHERE session_id = ?1 AND shelf = ?9 ORDER BY id DESC LIMIT 1) "
      "WHERE NOT EXISTS (SELECT 1 FROM {messages} WHERE id = place)), ",
      "?2 || '.' || ?4"};
  rearranged_ = true;
  insert(standIn.batch, FreePlace, standIn.shelf);
}

void SqlEdits::operator()(const edit::SetAside& aside) {
  touch();
  // A text keeps its bytes, as far as they go into a JSON string; a blob becomes hexadecimal digits.
  moveToShelf(
      "json_object('type', 'agents_wasm.undecodable', 'data', CASE typeof(message_data) WHEN 'blob' THEN "
      "hex(message_data) ELSE message_data END)",
      "session_id = ?1 AND NOT {isItem}{visible}", nullptr, aside.shelf);
}

// In place: first those whose places are free, then what is not there yet.
void SqlEdits::operator()(const edit::Restore& restore) {
  touch();
  rearranged_ = true;
  auto all = "session_id, message_data, " + std::string(Rest);
  std::string from =
      " FROM {items} s WHERE session_id = ?1 AND shelf = ?3 AND {life} = (SELECT life FROM {shelves} WHERE session_id "
      "= "
      "?1 AND shelf = ?3)";
  if (restore.inPlace) {
    statements_.add("INSERT OR IGNORE INTO {messages} (id, " + all + ") SELECT place, " + all + from +
                        " AND place IS NOT NULL ORDER BY id",
                    {restore.shelf});
    from += " AND NOT EXISTS (SELECT 1 FROM {messages} m WHERE m.id = s.place AND m.uid = s.uid)";
  }
  statements_.add("INSERT INTO {messages} (" + all + ") SELECT " + all + from + " ORDER BY id", {restore.shelf});
  endShelf(restore.shelf);
}

void SqlEdits::operator()(const edit::Discard& discarded) {
  touch();
  endShelf(discarded.shelf);
}

void SqlEdits::operator()(const edit::Note& note) {
  make();
  sweep();
  statements_.add(
      "INSERT INTO {shelves} (session_id, shelf, life, note, created_at) SELECT session_id, ?3, life, ?4, {now} FROM "
      "{sessions} WHERE session_id = ?1 ON CONFLICT (session_id, shelf) DO UPDATE SET note = excluded.note",
      {note.shelf, note.note});
}

void SqlEdits::operator()(const edit::Hold& hold) {
  // A conversation by Python has no life so far; this is no change of it.
  if (touched_ == Touched::No) {
    statements_.add("UPDATE {sessions} SET life = {newLife} WHERE session_id = ?1 AND life IS NULL");
  }
  statements_.add(
      "INSERT INTO {leases} (session_id, life, holder, since, ms) SELECT session_id, life, ?3, {nowMs}, ?4 FROM "
      "{sessions} WHERE session_id = ?1 ON CONFLICT (session_id) DO UPDATE SET life = excluded.life, holder = "
      "excluded.holder, since = excluded.since, ms = excluded.ms",
      {hold.holder, hold.ms});
}

void SqlEdits::operator()(const edit::Release& release) {
  statements_.add("DELETE FROM {leases} WHERE session_id = ?1 AND holder = ?3", {release.holder});
}

void SqlEdits::operator()(const edit::Describe& describe) {
  make();
  if (describe.title) {
    statements_.add("UPDATE {sessions} SET title = ?3 WHERE session_id = ?1", {*describe.title});
  }
  if (describe.metadata) {
    statements_.add("UPDATE {sessions} SET metadata = ?3 WHERE session_id = ?1", {*describe.metadata});
  }
}

void SqlEdits::operator()(const edit::Clear&) {
  touch();
  removeAll();
}

void SqlEdits::operator()(const edit::Delete&) {
  removeAll();
  statements_.add("DELETE FROM {sessions} WHERE session_id = ?1");
  // An id may say whose conversation it was.
  statements_.add("UPDATE agents_wasm_operations SET session_id = '' WHERE session_id = ?1");
}

void SqlEdits::insert(const Batch& batch, Target target, const SqlValue& param) {
  auto sql = "INSERT INTO " + std::string(target.into) + "session_id, message_data, " + std::string(Rest) + ") SELECT ";
  sql += target.values;
  sql += isPlain(batch) ? "?1, value, " : "?1, json_extract(value, '$[0]'), ";
  if (batch.kept.empty()) {
    (sql += "{now}, ") += target.uid;
  } else {
    sql += "strftime('%Y-%m-%d %H:%M:%f', json_extract(value, '$[3]')), json_extract(value, '$[2]')";
  }
  sql += isPlain(batch) ? ", ?5, ?6, ?7, NULL" : ", ?5, ?6, ?7, json_extract(value, '$[1]')";
  sql += " FROM (SELECT key + ?8 AS nth, value FROM json_each(CAST(?3 AS TEXT)))";
  SqlValue turn = nullptr;
  if (batch.origin.turn) turn = static_cast<std::int64_t>(*batch.origin.turn);
  for (auto& list : itemLists(batch, statements_.limits())) {
    statements_.add(sql, {Blob{std::move(list.text)}, appended_, orNull(batch.origin.agent), orNull(batch.origin.runId),
                          turn, static_cast<std::int64_t>(list.first), param});
  }
  ++appended_;
}

void SqlEdits::make() {
  if (std::exchange(touched_, Touched::Made) == Touched::Made) return;
  statements_.add(
      "INSERT INTO {sessions} (session_id, created_at, updated_at, version, life) SELECT ?1, {now}, {now}, seq, "
      "{newLife} FROM agents_wasm_operations WHERE op_id = ?2 ON CONFLICT (session_id) DO UPDATE SET updated_at = "
      "excluded.updated_at, version = excluded.version, life = COALESCE(life, excluded.life)");
}

void SqlEdits::touch() {
  if (touched_ != Touched::No) return;
  touched_ = Touched::IfThere;
  statements_.add(
      "UPDATE {sessions} SET updated_at = {now}, version = (SELECT seq FROM agents_wasm_operations WHERE op_id = "
      "?2), life = COALESCE(life, {newLife}) WHERE session_id = ?1");
}

void SqlEdits::sweep() {
  if (std::exchange(swept_, true)) return;
  statements_.add(
      "DELETE FROM {items} WHERE session_id = ?1 AND shelf IN (SELECT shelf FROM {shelves} WHERE session_id = ?1 AND "
      "life IS NOT {life})");
  statements_.add("DELETE FROM {shelves} WHERE session_id = ?1 AND life IS NOT {life}");
}

void SqlEdits::keepShelf(const std::string& shelf) {
  statements_.add(
      "INSERT INTO {shelves} (session_id, shelf, life, created_at) SELECT session_id, ?3, life, {now} FROM "
      "{sessions} WHERE session_id = ?1 AND EXISTS (SELECT 1 FROM {items} WHERE session_id = ?1 AND shelf = ?3) ON "
      "CONFLICT (session_id, shelf) DO NOTHING",
      {shelf});
}

void SqlEdits::moveToShelf(std::string_view text, std::string_view which, SqlValue chosen, const std::string& shelf) {
  sweep();
  changeRows(std::string(which) + " AND {life} IS NOT NULL", chosen);
  auto rows = " FROM {messages} WHERE " + std::string(which) + " AND {life} IS NOT NULL";
  statements_.add("INSERT INTO {items} (session_id, shelf, place, message_data, " + std::string(Rest) +
                      ") SELECT session_id, ?4, id, " + std::string(text) +
                      ", created_at, {uid}, agent, run_id, turn, sdk" + rows + " ORDER BY id",
                  {chosen, shelf});
  statements_.add("DELETE" + rows, {chosen});
  keepShelf(shelf);
}

void SqlEdits::endShelf(const std::string& shelf) {
  statements_.add("DELETE FROM {items} WHERE session_id = ?1 AND shelf = ?3", {shelf});
  statements_.add("DELETE FROM {shelves} WHERE session_id = ?1 AND shelf = ?3", {shelf});
}

void SqlEdits::changeRows(std::string_view which, const SqlValue& chosen) {
  rearranged_ = true;
  if (statements_.branches() != Branches::None) branches::unshare(statements_, which, chosen);
}

void SqlEdits::finish() {
  if (rearranged_ && statements_.branches() != Branches::None) branches::keep(statements_);
}

void SqlEdits::removeAll() {
  if (statements_.branches() != Branches::None) branches::forget(statements_);
  for (auto table : {"{messages}", "{items}", "{shelves}", "{leases}"}) {
    statements_.add("DELETE FROM " + std::string(table) + " WHERE session_id = ?1");
  }
}

}  // namespace agents
