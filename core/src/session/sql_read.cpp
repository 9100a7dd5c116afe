#include "sql_read.h"

#include "agents/error.h"
#include "cursor.h"
#include "sql_row.h"

#include <array>
#include <optional>
#include <utility>

namespace agents {

namespace {

constexpr std::string_view FromHistory = "{messages} WHERE session_id = ?1{visible}";
constexpr std::string_view FromShelf =
    "{items} WHERE session_id = ?1 AND shelf = ?2 AND {life} = (SELECT life FROM {shelves} WHERE session_id = ?1 AND "
    "shelf = ?2)";

// The text of another SDK goes in as it is; `json()` would write it anew.
constexpr std::string_view OriginText =
    "rtrim(json_object('uid', {uid}, 'agent', agent, 'run', run_id, 'turn', turn, 'at', "
    "strftime('%Y-%m-%dT%H:%M:%fZ', created_at)), '}') || ',\"sdk\":' || COALESCE(sdk, 'null') || "
    "',\"place\":' || COALESCE({place}, 'null') || '}'";

constexpr std::string_view UndecodableColumn =
    "(SELECT COUNT(*) FROM {messages} WHERE session_id = ?1 AND uid IS NULL AND id > ?2 AND NOT {isItem}{visible}) AS "
    "undecodable";
// Of a history that is read whole, less the items that were read.
constexpr std::string_view AllRowsColumn =
    "(SELECT COUNT(*) FROM {messages} WHERE session_id = ?1{visible}) AS undecodable";
constexpr std::string_view LeaseColumns =
    "(SELECT holder FROM {leases} WHERE session_id = ?1 AND life = {life}) AS holder, (SELECT {msLeft} FROM {leases} "
    "WHERE session_id = ?1) AS ms_left";

// Names are compared as bytes: a text function would stop at a NUL.
constexpr std::string_view ReadShelves =
    "SELECT shelf, note, (SELECT COUNT(*) FROM {items} i WHERE i.session_id = ?1 AND i.shelf = s.shelf) AS items, "
    "strftime('%Y-%m-%dT%H:%M:%fZ', created_at) AS created FROM {shelves} s WHERE session_id = ?1 AND life = {life} "
    "AND substr(CAST(shelf AS BLOB), 1, length(CAST(?2 AS BLOB))) = CAST(?2 AS BLOB) ORDER BY id";

constexpr std::string_view ListColumns =
    "SELECT session_id, title, metadata, strftime('%Y-%m-%dT%H:%M:%fZ', created_at) AS created, "
    "strftime('%Y-%m-%dT%H:%M:%fZ', updated_at) AS updated, updated_at || '|' || COALESCE(version, 0) AS place";
constexpr std::string_view SizeColumns =
    ", (SELECT COUNT(*) FROM {messages} m WHERE m.session_id = s.session_id{visibleOfS}) AS items, (SELECT "
    "COALESCE(SUM(LENGTH(CAST(message_data AS BLOB))), 0) FROM {messages} m WHERE m.session_id = s.session_id) + "
    "(SELECT COALESCE(SUM(LENGTH(CAST(message_data AS BLOB))), 0) FROM {items} i WHERE i.session_id = s.session_id) "
    "AS bytes";

bool isWhole(const ReadQuery& query) { return !query.newest && !query.before && !query.since; }

bool withOrigins(const ReadQuery& query) { return query.detail == ReadQuery::Detail::Origins; }

std::string_view undecodableColumn(const ReadQuery& query) {
  if (!countsUndecodable(query)) return "0 AS undecodable";
  return isWhole(query) ? AllRowsColumn : UndecodableColumn;
}

// What is asked for beside the items: one row of version, undecodable rows, holder, time left, newest row.
SqlStatement aboutStatement(const ReadQuery& query, std::int64_t wholeTo, SqlText& text) {
  auto sql = "SELECT {version} AS version, " + std::string(undecodableColumn(query)) + ", " +
             std::string(query.shelves ? LeaseColumns : "NULL AS holder, 0 AS ms_left") +
             ", (SELECT MAX(id) FROM {messages} WHERE session_id = ?1) AS newest";
  std::vector<SqlValue> params{query.conversationId};
  if (countsUndecodable(query) && !isWhole(query)) params.emplace_back(wholeTo);
  return {text(sql), std::move(params)};
}

// Texts of rows on their way out: in one value, or in one for each row where values are small.
std::string outgoing(std::string text, const SqlLimits& limits) {
  return "CAST(" + (limits.areSmall() ? std::move(text) : "group_concat(" + std::move(text) + ", ',')") +
         " AS {bytes})";
}

std::string originsColumn(const ReadQuery& query, const SqlLimits& limits) {
  if (!withOrigins(query)) return {};
  std::string text(OriginText);
  text.replace(text.find("{place}"), 7, query.shelf.empty() ? "id" : "place");
  return ", " + outgoing(std::move(text), limits) + " AS origins";
}

// The items that a query means, oldest first: their texts, how many, the places of the first and the last, and of the
// oldest there is; then their origins.
SqlStatement itemsStatement(const ReadQuery& query, SqlText& text) {
  std::vector<SqlValue> params{query.conversationId};
  auto param = [&](SqlValue value) {
    params.push_back(std::move(value));
    return "?" + std::to_string(params.size());
  };
  if (!query.shelf.empty()) params.emplace_back(query.shelf);
  auto all = std::string(query.shelf.empty() ? FromHistory : FromShelf) + " AND {isItem}";
  auto where = all;
  if (query.before) where += " AND id < " + param(positionOf(*query.before));
  if (query.since) where += " AND id > " + param(positionOf(*query.since));
  if (query.newest) {
    auto limit = param(static_cast<std::int64_t>(*query.newest));
    where += " AND id >= (SELECT MIN(id) FROM (SELECT id FROM " + where + " ORDER BY id DESC LIMIT " + limit + "))";
  }
  const auto& limits = text.limits();
  auto sql = "SELECT " + outgoing("{itemText}", limits) + " AS items, " +
             (limits.areSmall() ? "1 AS count, id AS first, id" : "COUNT(*) AS count, MIN(id) AS first, MAX(id)") +
             " AS last, (SELECT id FROM " + all + " ORDER BY id LIMIT 1) AS oldest" + originsColumn(query, limits) +
             " FROM (SELECT * FROM " + where + " ORDER BY id)" + (limits.areSmall() ? " ORDER BY id" : "");
  return {text(sql), std::move(params)};
}

// As `updated_at` has it. Python writes no fractions, so that a whole second must not have them here either: the texts
// are compared, and the shorter one of two comes first.
std::string storedTime(std::string iso) {
  if (iso.size() != 24 || iso[10] != 'T' || iso[19] != '.' || iso[23] != 'Z') {
    throw AgentsError(ErrorCode::InvalidArgument, "The time is not in UTC with milliseconds, as ISO 8601 writes it.");
  }
  iso[10] = ' ';
  iso.pop_back();
  if (iso.ends_with(".000")) iso.resize(19);
  return iso;
}

// A cursor of the list is a place in its order: the time, the change among those of one time, and the id among
// conversations that only others changed.
std::array<std::string, 3> placeFrom(const std::string& cursor) {
  auto time = cursor.find('|');
  auto version = cursor.find('|', time + 1);
  if (time == std::string::npos || version == std::string::npos) {
    throw AgentsError(ErrorCode::InvalidArgument, "The cursor is not one of a list.");
  }
  return {cursor.substr(0, time), cursor.substr(time + 1, version - time - 1), cursor.substr(version + 1)};
}

void join(std::string& elements, std::string more) {
  if (elements.empty()) {
    elements = std::move(more);
  } else {
    (elements += ',') += more;
  }
}

void readItems(const ReadQuery& query, std::vector<SqlRow>& rows, Page& page) {
  if (rows.empty() || sizeAt(rows[0], 1) == 0) return;
  if (integerAt(rows[0], 2) > integerAt(rows[0], 4)) page.older = std::to_string(integerAt(rows[0], 2));
  page.newest = std::to_string(integerAt(rows.back(), 3));
  std::string items;
  for (auto& row : rows) {
    join(items, textAt(row, 0));
    page.items.count += sizeAt(row, 1);
    if (withOrigins(query)) join(page.origins, textAt(row, 5));
  }
  page.items.text.append(std::move(items));
}

Shelf shelfFrom(SqlRow& row) { return {textAt(row, 0), textAt(row, 1), sizeAt(row, 2), textAt(row, 3)}; }

}  // namespace

bool countsUndecodable(const ReadQuery& query) { return withOrigins(query) && query.shelf.empty(); }

std::vector<SqlStatement> readStatements(const ReadQuery& query, std::int64_t wholeTo, SqlText& text) {
  std::vector<SqlStatement> batch{aboutStatement(query, wholeTo, text), itemsStatement(query, text)};
  if (query.shelves) batch.push_back({text(ReadShelves), {query.conversationId, *query.shelves}});
  return batch;
}

Page pageFrom(const ReadQuery& query, std::vector<std::vector<SqlRow>> results) {
  Page page;
  auto& about = results[0][0];
  page.version = textAt(about, 0);
  page.undecodable = sizeAt(about, 1);
  if (!isNullAt(about, 2)) page.lease = Lease{textAt(about, 2), integerAt(about, 3)};
  readItems(query, results[1], page);
  if (countsUndecodable(query) && isWhole(query)) page.undecodable -= page.items.count;
  if (!query.shelves) return page;
  for (auto& row : results[2]) page.shelves.push_back(shelfFrom(row));
  return page;
}

std::int64_t newestRow(const std::vector<std::vector<SqlRow>>& results) { return integerAt(results[0][0], 4); }

SqlStatement listStatement(const ListQuery& query, SqlText& text) {
  std::vector<SqlValue> params{static_cast<std::int64_t>(query.limit + 1)};
  std::string where;
  if (query.changedBefore) {
    params.emplace_back(storedTime(*query.changedBefore));
    where = " WHERE updated_at < ?2";
  }
  if (query.after) {
    auto param = [&params](std::string& value) {
      params.emplace_back(std::move(value));
      return "?" + std::to_string(params.size());
    };
    auto [time, version, id] = placeFrom(*query.after);
    where += (where.empty() ? " WHERE" : " AND") + std::string(" (updated_at, COALESCE(version, 0), session_id) < (") +
             param(time) + ", CAST(" + param(version) + " AS INTEGER), " + param(id) + ")";
  }
  auto sql = std::string(ListColumns) + std::string(query.sizes ? SizeColumns : "") + " FROM {sessions} s" + where +
             " ORDER BY updated_at DESC, COALESCE(version, 0) DESC, session_id DESC LIMIT ?1";
  return {text(sql), std::move(params)};
}

ConversationPage listFrom(const ListQuery& query, std::vector<SqlRow> rows) {
  ConversationPage page;
  if (query.limit == 0) return page;
  std::string place;
  for (auto& row : rows) {
    if (page.conversations.size() == query.limit) {
      page.next = place;
      break;
    }
    page.conversations.push_back({textAt(row, 0), textAt(row, 1), textAt(row, 2), textAt(row, 3), textAt(row, 4)});
    if (query.sizes) {
      page.conversations.back().items = sizeAt(row, 6);
      page.conversations.back().bytes = sizeAt(row, 7);
    }
    place = textAt(row, 5) + "|" + page.conversations.back().id;
  }
  return page;
}

}  // namespace agents
