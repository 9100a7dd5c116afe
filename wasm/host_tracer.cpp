#include "head.h"
#include "host.h"
#include "host_parts.h"

#include <chrono>
#include <utility>

namespace agents::wasm {

namespace {

std::int64_t now() {
  auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// Tells the host, which puts the spans together (js/src/tracing). Times are taken here: the host hears of them later.
class HostTracer final : public Tracer {
 public:
  explicit HostTracer(std::uint32_t run) : run_(run) {}

  std::uint32_t begin(std::string_view kind, std::uint32_t parent, std::string data) override {
    auto head = headOf(++last_).count("parent", parent).text("kind", kind).json("data", data).take();
    tell("spanBegan", head);
    return last_;
  }

  void end(std::uint32_t span, std::string data, std::string error) override {
    auto head = headOf(span);
    if (!data.empty()) head.json("data", data);
    if (!error.empty()) head.json("error", error);
    tell("spanEnded", head.take());
  }

 private:
  HeadWriter headOf(std::uint32_t span) const {
    return HeadWriter().count("run", run_).count("span", span).count("at", now());
  }

  std::uint32_t run_;
  std::uint32_t last_ = 0;
};

}  // namespace

std::shared_ptr<Tracer> makeTracer(std::uint32_t run) { return std::make_shared<HostTracer>(run); }

}  // namespace agents::wasm
