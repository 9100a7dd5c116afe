#pragma once

#include "agents/error.h"
#include "agents/rope.h"
#include "agents/task.h"

#include <emscripten/val.h>

#include <cstdint>
#include <string>

// The way out: the core asks the JavaScript side (js/src/host.ts) to do what only it can. Three things cross: a short
// JSON text (the head), bytes (the body), and integers.
namespace agents::wasm {

struct Reply {
  std::uint32_t ticket = 0;
  std::string head;  // JSON text, or empty
  std::string body;
};

// Asks the host for `operation` and waits for its reply; rethrows the error that the host replies with. The host never
// answers inside the call. Cancelling abandons the ticket: the host stops what it does for it, and a late reply finds
// nothing.
Task<Reply> ask(std::string operation, std::string head, Rope body = {});

// Tells the host something that it need not answer.
void tell(const std::string& operation, const std::string& head);

// Tells the host that a ticket which it has answered is not needed any more.
void abandon(std::uint32_t ticket);

// Tells the host how the call ended that it made under this number.
void settle(std::uint32_t call, const std::string& head, const Rope& body);
void settleWithError(std::uint32_t call, const AgentsError& error, const Rope& body);

// Exported: sets the host, {request, tell, abandon, settle}; none of its functions may throw.
void connect(emscripten::val host);
// Exported: the host's reply to a ticket. With `ok` false, the head is {"code","message"}.
void reply(std::uint32_t ticket, bool ok, std::string head, std::string body);

std::size_t liveTickets();

}  // namespace agents::wasm
