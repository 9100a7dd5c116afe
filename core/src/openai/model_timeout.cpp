#include "agents/model_timeout.h"

#include "agents/error.h"
#include "agents/interruptible.h"

#include <cstdint>
#include <string>
#include <utility>

namespace agents {

namespace {

Running clock(Timer* timer, double milliseconds) {
  try {
    co_await timer->sleep(milliseconds);
  } catch (const AgentsError&) {
    // A place without a clock: the time is over at once.
  }
}

}  // namespace

Task<ModelResponse> withinTime(Task<ModelResponse> answer, Timer* timer, double milliseconds) {
  if (milliseconds <= 0) co_return co_await std::move(answer);
  Interruptible work;
  auto time = clock(timer, milliseconds);
  time.start([&work] { work.interrupt(); });
  auto response = co_await work.run(std::move(answer));
  if (response) co_return *std::move(response);
  auto shown = std::to_string(static_cast<std::int64_t>(milliseconds));
  throw AgentsError(ErrorCode::ModelTimeout, "The model did not answer within " + shown + " ms.");
}

}  // namespace agents
