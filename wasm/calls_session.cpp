#include "agents/compaction.h"
#include "agents/doctor.h"
#include "agents/error.h"
#include "agents/json_text.h"
#include "agents/random.h"
#include "agents/session.h"
#include "agents/stores.h"
#include "calls.h"
#include "head.h"
#include "host_parts.h"
#include "sessions.h"
#include "store_json.h"

#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

namespace agents::wasm {

namespace {

std::unordered_map<std::uint32_t, std::shared_ptr<StoreSession>>& sessions() {
  static std::unordered_map<std::uint32_t, std::shared_ptr<StoreSession>> it;
  return it;
}

std::unique_ptr<Store> openStore(const HeadReader& options) {
  auto kind = options.text("kind");
  if (kind == "memory") return makeMemoryStore();
  if (kind == "host") return makeHostStore(static_cast<std::uint32_t>(options.count("store")));
  SqlNames names{options.text("sessionsTable"), options.text("messagesTable")};
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
  SqlLimits limits{options.count("maxParams"), options.count("maxValueBytes"), !options.flag("noBytes")};
  auto database = static_cast<std::uint32_t>(options.count("database"));
  return makeSqlStore(makeSqlDatabase(database, limits), std::move(names));
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

Answer headed(std::string head, Rope body = {}) { return {std::move(head), std::move(body)}; }

Task<Answer> open(Call call) {
  static std::uint32_t last = 0;
  HeadReader head(call.head);
  auto id = ++last;
  auto key = head.maybeText("key").value_or("");
  SessionParts parts{openStore(head)};
  parts.writers = writersOf(key);
  if (head.flag("locks")) parts.locks = makeLocks("agents-wasm:run:" + key + ":");
  parts.timer = makeTimer();
  parts.leaseMs = static_cast<std::int64_t>(head.maybeCount("leaseMs").value_or(0));
  parts.observer = makeObserver(id);
  if (head.has("slowMs")) parts.slowMs = head.number("slowMs");
  sessions()[id] = std::make_shared<StoreSession>(std::move(parts));
  co_return headed(HeadWriter().count("session", id).take());
}

Task<Answer> close(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  sessions().erase(static_cast<std::uint32_t>(head.count("session")));
  auto work = session->close();
  return done(std::move(session), std::move(work));
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

// What the head asks to be loaded; it keeps no hold of the head.
Task<Page> pageFor(std::shared_ptr<StoreSession> session, const HeadReader& head) {
  auto id = head.text("conversationId");
  if (auto run = head.maybeText("asSeenBy")) return loadAsSeenBy(std::move(session), std::move(id), *std::move(run));
  if (head.flag("compacted")) return loadUnfolded(std::move(session), std::move(id));
  LoadOptions options;
  options.detail = ReadQuery::Detail::Origins;
  options.maxItems = head.maybeCount("maxItems");
  options.before = head.maybeText("before");
  options.since = head.maybeText("since");
  return session->load(std::move(id), std::move(options));
}

Task<Answer> load(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto page = co_await pageFor(session, head);
  co_return headed({}, itemsBody(std::move(page)));
}

std::vector<Origin> originsFrom(const HeadReader& head) {
  std::vector<Origin> origins;
  if (!head.has("origins")) return origins;
  for (auto json : head.list("origins")) origins.push_back(originFrom(HeadReader(json)));
  return origins;
}

Task<Answer> save(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto batches = batchesOf(parseItems(call.body, "items"), originsFrom(head));
  auto operationId = head.has("operationId") ? head.text("operationId") : randomId();
  auto work = session->save(head.text("conversationId"), std::move(batches), std::move(operationId));
  return done(std::move(session), std::move(work));
}

Task<Answer> pop(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto item = co_await session->pop(head.text("conversationId"));
  Answer answer;
  answer.body.append(item.value_or(""));
  co_return answer;
}

Task<Answer> removeItems(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto page = co_await session->removeItems(head.text("conversationId"), head.texts("uids"));
  co_return headed({}, itemsBody(std::move(page)));
}

Task<Answer> replaceItem(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto items = parseItems(call.body, "item");
  auto work = session->replaceItem(head.text("conversationId"), head.text("uid"), items.text.text());
  return done(std::move(session), std::move(work));
}

std::string jsonOf(const Finding& finding) {
  return HeadWriter()
      .text("kind", kindName(finding.kind))
      .json("uids", textsJson(finding.uids))
      .text("message", finding.message)
      .flag("repaired", finding.repaired)
      .take();
}

// {"items","shelf","findings":[{"kind","uids","message","repaired"}]}
Task<Answer> doctor(Call call) {
  HeadReader head(call.head);
  auto repair = head.flag("repair") ? Repair::Yes : Repair::No;
  auto report = co_await examine(sessionOf(head), head.text("conversationId"), repair);
  ListWriter findings;
  for (const auto& finding : report.findings) findings.add(jsonOf(finding));
  co_return headed(HeadWriter()
                       .count("items", static_cast<std::int64_t>(report.items))
                       .text("shelf", report.shelf)
                       .json("findings", findings.take())
                       .take());
}

Task<Answer> list(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto page = co_await session->list(listQueryFrom(head));
  co_return headed(headOf(page).take());
}

Task<Answer> read(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto page = co_await session->read(readQueryFrom(head));
  co_return headed(headOf(page).take(), bodyOf(page));
}

Task<Answer> apply(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto applied = co_await session->apply(head.text("conversationId"), changeFrom(head, call.body));
  co_return headed(headOf(applied).take());
}

std::string jsonOf(const OpenRun& run) {
  ListWriter batches;
  for (const auto& batch : run.batches) {
    batches.add(HeadWriter()
                    .count("count", static_cast<std::int64_t>(batch.items.count))
                    .text("agent", batch.origin.agent)
                    .count("turn", batch.origin.turn.value_or(0))
                    .take());
  }
  return HeadWriter()
      .text("runId", run.runId)
      .text("state", stateName(run.state))
      .text("agent", run.agent)
      .text("error", run.error)
      .text("startedAt", run.startedAt)
      .json("batches", batches.take())
      .take();
}

// [{"runId","state","agent","error","startedAt","batches":[{"count","agent","turn"}]}], and the items of all of them in
// the body, one after the other.
Answer answerOf(const std::vector<OpenRun>& runs) {
  ListWriter list;
  Items items;
  for (const auto& run : runs) {
    list.add(jsonOf(run));
    for (const auto& batch : run.batches) items.append(batch.items);
  }
  return headed(list.take(), std::move(items.text));
}

Task<Answer> openRuns(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto runs = co_await session->openRuns(head.text("conversationId"));
  co_return answerOf(runs);
}

Task<Answer> discardRun(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto work = session->discardRun(head.text("conversationId"), head.text("runId"));
  return done(std::move(session), std::move(work));
}

Task<Answer> commitRun(Call call) {
  HeadReader head(call.head);
  auto session = sessionOf(head);
  auto work = session->commitRun(head.text("conversationId"), head.text("runId"));
  return done(std::move(session), std::move(work));
}

constexpr std::array Operations{NamedOperation{"session.open", open},
                                NamedOperation{"session.close", close},
                                NamedOperation{"session.load", load},
                                NamedOperation{"session.save", save},
                                NamedOperation{"session.pop", pop},
                                NamedOperation{"session.removeItems", removeItems},
                                NamedOperation{"session.replaceItem", replaceItem},
                                NamedOperation{"session.doctor", doctor},
                                NamedOperation{"session.list", list},
                                NamedOperation{"session.read", read},
                                NamedOperation{"session.apply", apply},
                                NamedOperation{"session.openRuns", openRuns},
                                NamedOperation{"session.discardRun", discardRun},
                                NamedOperation{"session.commitRun", commitRun}};

}  // namespace

std::shared_ptr<StoreSession> sessionOf(const HeadReader& head) {
  auto found = sessions().find(static_cast<std::uint32_t>(head.count("session")));
  if (found == sessions().end()) throw AgentsError(ErrorCode::SessionClosed, "The session is closed.");
  return found->second;
}

Task<Answer> done([[maybe_unused]] std::shared_ptr<void> session, Task<> work) {
  co_await std::move(work);
  co_return Answer{};
}

Operation sessionOperation(std::string_view name) { return find(Operations, name); }

std::size_t liveSessions() { return sessions().size(); }

}  // namespace agents::wasm
