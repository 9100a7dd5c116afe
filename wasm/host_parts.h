#pragma once

#include "agents/callbacks.h"
#include "agents/http.h"
#include "agents/run.h"
#include "agents/session.h"
#include "agents/sql.h"
#include "agents/store.h"
#include "agents/tool.h"
#include "agents/tracer.h"
#include "head.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// The core's interfaces, answered by the JavaScript side. `run`, `database` and `store` are the numbers by which it
// knows them.
namespace agents::wasm {

std::unique_ptr<HttpClient> makeHttpClient(std::uint32_t run);
std::unique_ptr<Timer> makeTimer();
std::shared_ptr<SqlDatabase> makeSqlDatabase(std::uint32_t database, SqlLimits limits);
// A store that JavaScript keeps (js/src/store-wire.ts); it remembers changes by the fingerprints that come with them.
std::unique_ptr<Store> makeHostStore(std::uint32_t store);
// The locks of conversations, under names that begin with `prefix`.
std::shared_ptr<Locks> makeLocks(std::string prefix);
std::shared_ptr<SessionObserver> makeObserver(std::uint32_t session);
// The OpenAI API.
std::shared_ptr<Model> makeApiModel(std::uint32_t run);
// A model that is an object of the caller's; the agent's index says which.
std::shared_ptr<Model> makeHostModel(std::uint32_t run, std::size_t agent);
// Of an agent in the head of a run: `retry` and `timeoutMs`.
CallPolicy callPolicyFrom(const HeadReader& agent);
// `tool` is {"definition","idempotent","approval"}, of the agent of this index.
std::shared_ptr<Tool> makeTool(std::uint32_t run, std::size_t agent, std::string_view tool);
std::shared_ptr<Callbacks> makeCallbacks(std::uint32_t run);
std::shared_ptr<Tracer> makeTracer(std::uint32_t run);
std::shared_ptr<InputShaper> makeInputShaper(std::uint32_t run);
// A session that is an object of the caller's, with `loadItems` and `saveItems`.
std::shared_ptr<Session> makeCustomSession(std::uint32_t run);

}  // namespace agents::wasm
