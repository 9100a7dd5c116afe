#include "agents/doctor.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/session.h"
#include "agents/stores.h"
#include "calls.h"
#include "host_parts.h"
#include "sessions.h"
#include "store_json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

using nlohmann::json;

std::unordered_map<std::uint32_t, std::shared_ptr<StoreSession>>& sessions() {
  static std::unordered_map<std::uint32_t, std::shared_ptr<StoreSession>> it;
  return it;
}

std::unique_ptr<Store> openStore(const json& options) {
  if (options["kind"] == "memory") return makeMemoryStore();
  if (options["kind"] == "host") return makeHostStore(options["store"]);
  SqlNames names{options["sessionsTable"], options["messagesTable"]};
  for (const auto& name : {names.sessions, names.messages}) {
    if (isTableName(name)) continue;
    throw AgentsError(ErrorCode::InvalidArgument,
                      "The table name " + agents::json::quote(name) +
                          " must be a letter or underscore followed by at most 62 letters, "
                          "digits and underscores, and begin with neither 'sqlite_' nor 'agents_wasm_'.");
  }
  if (names.sessions == names.messages) {
    throw AgentsError(ErrorCode::InvalidArgument, "sessionsTable and messagesTable must be two different names.");
  }
  SqlLimits limits{options["maxParams"], options["maxValueBytes"]};
  return makeSqlStore(makeSqlDatabase(options["database"], limits), std::move(names));
}

// The line of those who write is one for all sessions of this instance on one database. One that only its session can
// reach has no key.
std::shared_ptr<Writers> writersOf(const std::string& key) {
  static std::unordered_map<std::string, std::weak_ptr<Writers>> known;
  if (key.empty()) return std::make_shared<Writers>();
  std::erase_if(known, [](const auto& one) { return one.second.expired(); });
  auto writers = known[key].lock();
  if (!writers) known[key] = writers = std::make_shared<Writers>();
  return writers;
}

Task<Answer> open(Call call) {
  static std::uint32_t last = 0;
  auto head = parseHead(call.head);
  auto id = ++last;
  auto key = head.value("key", "");
  SessionParts parts{openStore(head)};
  parts.writers = writersOf(key);
  if (head.value("locks", false)) parts.locks = makeLocks("agents-wasm:run:" + key + ":");
  parts.timer = makeTimer();
  parts.leaseMs = head.value("leaseMs", 0);
  parts.observer = makeObserver(id);
  parts.slowMs = head.value("slowMs", parts.slowMs);
  sessions()[id] = std::make_shared<StoreSession>(std::move(parts));
  co_return Answer{json{{"session", id}}.dump(), {}};
}

Task<Answer> close(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  sessions().erase(head["session"].get<std::uint32_t>());
  co_await session->close();
  co_return Answer{};
}

// {"items":[…],"origins":[…]}
Rope itemsBody(Page page) {
  Rope body(std::string("{\"items\":["));
  body.append(page.items.text);
  body.append(std::string("],\"origins\":["));
  body.append(std::move(page.origins));
  body.append(std::string("]}"));
  return body;
}

Task<Answer> load(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  LoadOptions options;
  options.detail = ReadQuery::Detail::Origins;
  if (head.contains("maxItems")) options.maxItems = countIn(head["maxItems"]);
  if (head.contains("before")) options.before = head["before"].get<std::string>();
  if (head.contains("since")) options.since = head["since"].get<std::string>();
  auto page = co_await session->load(head["conversationId"], std::move(options));
  co_return Answer{{}, itemsBody(std::move(page))};
}

std::vector<Origin> originsFrom(const json& list) {
  std::vector<Origin> origins;
  for (const auto& one : list) {
    Origin origin{one.value("agent", ""), one.value("run", ""), std::nullopt};
    if (one.contains("turn")) origin.turn = one["turn"];
    origins.push_back(std::move(origin));
  }
  return origins;
}

Task<Answer> save(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto origins = originsFrom(head.value("origins", json::array()));
  auto batches = batchesOf(parseItems(call.body, "items"), origins);
  auto operationId = head.contains("operationId") ? head["operationId"].get<std::string>() : randomId();
  co_await session->save(head["conversationId"], std::move(batches), std::move(operationId));
  co_return Answer{};
}

Task<Answer> pop(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto item = co_await session->pop(head["conversationId"]);
  Answer answer;
  answer.body.append(item.value_or(""));
  co_return answer;
}

Task<Answer> removeItems(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto page = co_await session->removeItems(head["conversationId"], head["uids"]);
  co_return Answer{{}, itemsBody(std::move(page))};
}

Task<Answer> replaceItem(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto items = parseItems(call.body, "item");
  co_await session->replaceItem(head["conversationId"], head["uid"], items.text.text());
  co_return Answer{};
}

std::string jsonOf(const Finding& finding) {
  std::string uids;
  for (const auto& uid : finding.uids) uids += (uids.empty() ? "" : ",") + agents::json::quote(uid);
  return "{\"kind\":" + agents::json::quote(kindName(finding.kind)) + ",\"uids\":[" + uids +
         "],\"message\":" + agents::json::quote(finding.message) +
         ",\"repaired\":" + (finding.repaired ? "true" : "false") + "}";
}

// {"items","shelf","findings":[{"kind","uids","message","repaired"}]}
Task<Answer> doctor(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto repair = head["repair"].get<bool>() ? Repair::Yes : Repair::No;
  auto report = co_await examine(std::move(session), head["conversationId"], repair);
  std::string findings;
  for (const auto& finding : report.findings) findings += (findings.empty() ? "" : ",") + jsonOf(finding);
  co_return Answer{"{\"items\":" + std::to_string(report.items) + ",\"shelf\":" + agents::json::quote(report.shelf) +
                       ",\"findings\":[" + findings + "]}",
                   {}};
}

Task<Answer> clear(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  co_await session->clear(head["conversationId"]);
  co_return Answer{};
}

Task<Answer> remove(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  co_await session->remove(head["conversationId"]);
  co_return Answer{};
}

Task<Answer> list(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto page = co_await session->list(listQueryFrom(head));
  co_return Answer{headOf(page).dump(), {}};
}

Task<Answer> read(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto page = co_await session->read(readQueryFrom(head));
  co_return Answer{headOf(page).dump(), bodyOf(page)};
}

Task<Answer> apply(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto applied = co_await session->apply(head["conversationId"], changeFrom(head, call.body));
  Answer answer{headOf(applied).dump(), {}};
  answer.body.append(std::move(applied.popped).value_or(""));
  co_return answer;
}

// [{"runId","state","agent","error","startedAt","batches":[{"count","agent","turn"}]}], and the items of all of them in
// the body, one after the other.
Task<Answer> openRuns(Call call) {
  auto head = parseHead(call.head);
  auto session = sessionOf(head["session"]);
  auto runs = co_await session->openRuns(head["conversationId"]);
  json list = json::array();
  Items items;
  for (const auto& run : runs) {
    json batches = json::array();
    for (const auto& batch : run.batches) {
      batches.push_back(
          {{"count", batch.items.count}, {"agent", batch.origin.agent}, {"turn", batch.origin.turn.value_or(0)}});
      items.append(batch.items);
    }
    list.push_back({{"runId", run.runId},
                    {"state", stateName(run.state)},
                    {"agent", run.agent},
                    {"error", run.error},
                    {"startedAt", run.startedAt},
                    {"batches", std::move(batches)}});
  }
  co_return Answer{list.dump(), std::move(items.text)};
}

Task<Answer> discardRun(Call call) {
  auto head = parseHead(call.head);
  co_await sessionOf(head["session"])->discardRun(head["conversationId"], head["runId"]);
  co_return Answer{};
}

Task<Answer> commitRun(Call call) {
  auto head = parseHead(call.head);
  co_await sessionOf(head["session"])->commitRun(head["conversationId"], head["runId"]);
  co_return Answer{};
}

constexpr std::array Operations{NamedOperation{"session.open", open},
                                NamedOperation{"session.close", close},
                                NamedOperation{"session.load", load},
                                NamedOperation{"session.save", save},
                                NamedOperation{"session.pop", pop},
                                NamedOperation{"session.removeItems", removeItems},
                                NamedOperation{"session.replaceItem", replaceItem},
                                NamedOperation{"session.doctor", doctor},
                                NamedOperation{"session.clear", clear},
                                NamedOperation{"session.delete", remove},
                                NamedOperation{"session.list", list},
                                NamedOperation{"session.read", read},
                                NamedOperation{"session.apply", apply},
                                NamedOperation{"session.openRuns", openRuns},
                                NamedOperation{"session.discardRun", discardRun},
                                NamedOperation{"session.commitRun", commitRun}};

}  // namespace

std::shared_ptr<StoreSession> sessionOf(std::uint32_t id) {
  auto found = sessions().find(id);
  if (found == sessions().end()) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
  return found->second;
}

Operation sessionOperation(std::string_view name) { return find(Operations, name); }

std::size_t liveSessions() { return sessions().size(); }

}  // namespace agents::wasm
