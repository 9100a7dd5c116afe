#include "agents/run_events.h"

#include "support/run_fakes.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

using Next = Started<std::optional<std::string>>;

// name or type of every event, as far as it tells them apart.
std::string namesOf(const std::string& elements) {
  auto text = "[" + elements + "]";
  REQUIRE(json::compact(text) == text);
  std::string all;
  for (auto event : json::elements(text)) {
    auto name = json::stringMember(event, "name");
    auto data = json::member(event, "data");
    if (data) name = "raw:" + json::stringMember(*data, "type").value_or("");
    all += (all.empty() ? "" : " ") + name.value_or(json::stringMember(event, "type").value_or(""));
  }
  return all;
}

}  // namespace

TEST_CASE("a streamed run tells its agent, the model's events, its items and the tools' outputs, in order") {
  Stage stage(
      {{{R"({"type":"reasoning","id":"r","summary":[]})", call("c1", "add")}, std::nullopt, {R"({"type":"x"})"}},
       {{said("ok")}, std::nullopt, {R"({"type":"y"})", R"({"type":"z"})"}}});
  stage.addTool("add", sum);
  stage.setup.delivery = Delivery::Streamed;
  stage.finish("\"q\"");
  Next events(stage.run->events().next());
  CHECK(namesOf(events.result().value()) ==
        "agent_updated_stream_event raw:x reasoning_item_created tool_called tool_output raw:y raw:z "
        "message_output_created");
  Next end(stage.run->events().next());
  CHECK_FALSE(end.result());
}

TEST_CASE("an item's event carries its agent and the item as it is on the wire") {
  RunEvents events;
  events.itemCreated("A \"1\"", R"({"type":"message","z":1e5})", {});
  Next next(events.next());
  CHECK(next.result() ==
        R"({"type":"run_item_stream_event","name":"message_output_created","item":{"type":"message_output_item",)"
        R"("agent":"A \"1\"","rawItem":{"type":"message","z":1e5}}})");
}

TEST_CASE("a run that is not streamed has no events") {
  Stage stage({{{said("ok")}, std::nullopt, {R"({"type":"x"})"}}});
  stage.finish("\"q\"");
  Next end(stage.run->events().next());
  CHECK_FALSE(end.result());
}

TEST_CASE("a reader that comes first waits for the first event") {
  RunEvents events;
  Next next(events.next());
  CHECK_FALSE(next.done());
  events.agentUpdated("A");
  CHECK(next.result() == R"({"type":"agent_updated_stream_event","agent":"A"})");
  Next last(events.next());
  CHECK_FALSE(last.done());
  events.end();
  CHECK_FALSE(last.result());
}

TEST_CASE("nobody is waited for until someone has begun to read") {
  RunEvents events;
  for (int i = 0; i < 10; ++i) sync(events.emit("\"" + std::string(100'000, 'x') + "\""));
  Next next(events.next());
  CHECK(next.result()->size() > 1'000'000);
}

TEST_CASE("a run waits for a reader that is far behind, and goes on when it has read or left") {
  RunEvents events;
  const auto large = "\"" + std::string(300'000, 'x') + "\"";
  Next first(events.next());
  Started<Done> one(valued(events.emit("1")));
  CHECK(one.done());
  CHECK(first.done());
  Started<Done> two(valued(events.emit(large)));
  CHECK_FALSE(two.done());
  Next second(events.next());
  CHECK(two.done());
  CHECK(second.result()->size() > 300'000);

  Started<Done> three(valued(events.emit(large)));
  CHECK_FALSE(three.done());
  events.detach();
  CHECK(three.done());
  sync(events.emit(large));
}

TEST_CASE("what was not read can be taken without waiting") {
  RunEvents events;
  CHECK(events.takeUnread().empty());
  events.agentUpdated("A");
  events.agentUpdated("B");
  CHECK(namesOf(events.takeUnread()) == "agent_updated_stream_event agent_updated_stream_event");
  CHECK(events.takeUnread().empty());
}

TEST_CASE("a reader that is gone does not hinder the next one") {
  RunEvents events;
  {
    Next gone(events.next());
  }
  events.agentUpdated("A");
  Next next(events.next());
  CHECK(next.done());
  Next waiting(events.next());
  CHECK_FALSE(waiting.done());
  events.end();
  CHECK_FALSE(waiting.result());
}

TEST_CASE("a run that is stopped while it waits for its reader lets the reader have what is there") {
  RunEvents events;
  Next first(events.next());
  {
    Started<Done> one(valued(events.emit("1")));
    Started<Done> blocked(valued(events.emit("\"" + std::string(300'000, 'x') + "\"")));
    CHECK_FALSE(blocked.done());
  }
  events.end();
  Next rest(events.next());
  CHECK(rest.result()->size() > 300'000);
  Next end(events.next());
  CHECK_FALSE(end.result());
}
