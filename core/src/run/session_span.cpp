#include "session_span.h"

#include <utility>

namespace agents {

namespace {

// Without std::to_string(double), which brings all of printf along.
std::string milliseconds(std::chrono::steady_clock::duration time) {
  auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  auto fraction = std::to_string(us % 1000 + 1000);
  return std::to_string(us / 1000) + "." + fraction.substr(1);
}

}  // namespace

void SessionSpan::end(Weight weight) {
  span_.end([&] {
    return "{\"items\":" + std::to_string(weight.items) + ",\"bytes\":" + std::to_string(weight.bytes) +
           ",\"ms\":" + milliseconds(Clock::now() - start_) + "}";
  });
}

void SessionSpan::fail(const AgentsError& error) {
  span_.fail([&] { return spanError(error, tracing_); });
}

Task<Page> loadTraced(Session* session, std::string conversationId, LoadOptions options, const Tracing* tracing) {
  SessionSpan span(*tracing, "session.load");
  try {
    auto page = co_await session->load(std::move(conversationId), std::move(options));
    span.end(weightOf(page.items));
    co_return page;
  } catch (const AgentsError& error) {
    span.fail(error);
    throw;
  }
}

}  // namespace agents
