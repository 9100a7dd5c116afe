#pragma once

#include "../session/weight.h"
#include "agents/session.h"
#include "agents/tracer.h"

#include <chrono>
#include <string>
#include <string_view>

namespace agents {

// Around one load or save of a session. It says how much it was and how long it took, never what.
class SessionSpan {
 public:
  // `tracing` outlives it.
  SessionSpan(const Tracing& tracing, std::string_view kind)
      : tracing_(tracing), span_(tracing.tracer.get(), kind, 0, [] { return std::string("{}"); }) {
    if (tracing.tracer) start_ = Clock::now();
  }

  void end(Weight weight);
  void fail(const AgentsError& error);

 private:
  using Clock = std::chrono::steady_clock;

  const Tracing& tracing_;
  Span span_;
  Clock::time_point start_;
};

// Loads inside a span. What it is given outlives it.
Task<Page> loadTraced(Session* session, std::string conversationId, LoadOptions options, const Tracing* tracing);

}  // namespace agents
