#include "agents/run.h"
#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

std::optional<ErrorCode> outcome(Stage& stage) {
  return codeOf([&] { stage.started->result(); });
}

}  // namespace

TEST_CASE("a run that is stopped while the session loads, the model thinks or a tool works leaves the history") {
  for (int delivered = 0; delivered < 3; ++delivered) {
    CAPTURE(delivered);
    Stage stage({{{call("c1", "add")}}, {{said("never")}}});
    stage.addTool("add", sum);
    stage.start("\"q\"");
    for (int i = 0; i < delivered; ++i) stage.host.deliver();
    CHECK(stage.host.waiting() == 1);
    stage.run->cancel();
    CHECK(stage.host.waiting() == 0);
    CHECK(outcome(stage) == ErrorCode::Aborted);
    stage.host.deliverAll();
    CHECK(stage.stored().empty());
    CHECK(stage.trace.size() == static_cast<std::size_t>(delivered) + 1);
  }
}

TEST_CASE("stopping abandons all tools that work at once") {
  Stage stage({{{call("c1", "add"), call("c2", "add"), call("c3", "add")}}});
  stage.addTool("add", sum);
  stage.start("\"q\"");
  for (int i = 0; i < 3; ++i) stage.host.deliver();
  CHECK(stage.host.waiting() == 2);
  stage.run->cancel();
  CHECK(outcome(stage) == ErrorCode::Aborted);
  CHECK(stage.host.waiting() == 0);
}

TEST_CASE("stopping during the save changes nothing: its outcome becomes known") {
  Stage stage({{{said("hi")}}});
  stage.start("\"q\"");
  stage.host.deliver();
  stage.host.deliver();
  CHECK(stage.trace.back().starts_with("save("));
  stage.run->cancel();
  CHECK_FALSE(stage.started->done());
  stage.host.deliverAll();
  CHECK(stage.started->result().finalOutput == "hi");
  CHECK(stage.stored() == "user:q, assistant:hi");
}

TEST_CASE("a run that is stopped before it starts asks nobody") {
  Stage stage({});
  stage.setup.agents = stage.agents();
  stage.setup.record = makeNoRecord({});
  stage.run.emplace(stage.setup);
  stage.run->cancel();
  stage.started.emplace(stage.run->result());
  CHECK(outcome(stage) == ErrorCode::Aborted);
  CHECK(stage.trace.empty());
}

TEST_CASE("stopping a run twice or after its end does nothing") {
  Stage stage({{{said("hi")}}});
  stage.start("\"q\"");
  stage.host.deliverAll();
  stage.run->cancel();
  stage.run->cancel();
  CHECK(stage.started->result().finalOutput == "hi");
}

TEST_CASE("dropping a run while it waits frees everything, and late replies find nothing") {
  for (int delivered = 0; delivered < 4; ++delivered) {
    CAPTURE(delivered);
    Stage stage({{{call("c1", "add")}}, {{said("hi")}}});
    stage.addTool("add", sum);
    stage.start("\"q\"");
    for (int i = 0; i < delivered; ++i) stage.host.deliver();
    stage.started.reset();
    CHECK(stage.host.waiting() == 0);
    stage.host.deliverAll();
    stage.run.reset();
    CHECK(stage.stored().empty());
  }
}

TEST_CASE("a write that has begun reaches its end even if nobody waits for the run any more") {
  Stage stage({{{said("hi")}}});
  stage.start("\"q\"");
  for (int i = 0; i < 2; ++i) stage.host.deliver();
  stage.started.reset();
  CHECK(stage.host.waiting() == 1);
  stage.host.deliverAll();
  CHECK(stage.stored() == "user:q, assistant:hi");
}

TEST_CASE("a stopped stream ends its events") {
  Stage stage({{{said("hi")}, std::nullopt, {"{}"}}});
  stage.setup.delivery = Delivery::Streamed;
  stage.start("\"q\"");
  stage.host.deliver();
  Started<std::optional<std::string>> first(stage.run->events().next());
  CHECK(first.result().value().find("agent_updated") != std::string::npos);
  Started<std::optional<std::string>> second(stage.run->events().next());
  CHECK_FALSE(second.done());
  stage.run->cancel();
  CHECK_FALSE(second.result());
  CHECK(outcome(stage) == ErrorCode::Aborted);
}
