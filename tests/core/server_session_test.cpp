#include "support/fake_conversations.h"

#include "agents/conversations.h"
#include "agents/stores.h"
#include "support/conversation.h"

#include <doctest/doctest.h>

using namespace agents;
using namespace agents::testing;

namespace {

constexpr const char* Locked = R"({"message":"Busy.","param":"conversation","code":"conversation_locked"})";

// A server, and a store that remembers its ids over the life of several processes.
struct World {
  FakeHost host;
  Trace trace;
  std::shared_ptr<Store> store = makeMemoryStore();
  std::shared_ptr<FakeConversations> server = std::make_shared<FakeConversations>(&host);
  std::shared_ptr<FakeTimer> timer = std::make_shared<FakeTimer>(&host);

  std::shared_ptr<ServerSession> session(const Process& process) {
    RetryPolicy policy;
    policy.lockedForMs = 60'000;
    return std::make_shared<ServerSession>(process.session, Conversations(server, timer, policy));
  }
  Process process() { return Process(&host, store); }
  std::string local(const std::string& id = "c") { return show(sync(store->read({id})).items); }
};

Items items(const std::vector<std::string>& texts) {
  Items all;
  for (const auto& text : texts) all.append(text);
  return all;
}

Items messages(int count) {
  Items all;
  for (int i = 0; i < count; ++i) all.append(easy("user", std::to_string(i)));
  return all;
}

}  // namespace

TEST_CASE("nothing is created for reads, empty saves, pops and deletes") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  CHECK(world.host.finish(session->load("c", std::nullopt)).items.count == 0);
  world.host.finish(session->save("c", {}));
  CHECK(world.host.finish(session->pop("c")).items.count == 0);
  world.host.finish(session->remove("c", ServerSession::Forget::Conversation));
  CHECK(world.server->log.empty());
}

TEST_CASE("many items are saved twenty at a time and read a hundred at a time") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("c", messages(250)));
  CHECK(world.server->count("POST /conversations/conv_1/items") == 13);
  world.server->log.clear();
  auto page = world.host.finish(session->load("c", std::nullopt));
  CHECK(page.items.count == 250);
  CHECK(show(page.items) == world.server->history());
  CHECK(world.server->log.size() == 3);
  CHECK(world.server->log[0].starts_with("GET /conversations/conv_1/items?order=asc&limit=100&include"));
  CHECK(world.local().empty());
}

TEST_CASE("the newest items are read with as few requests as there can be, and no pair is split") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save(
      "c", items({easy("user", "q"), call("c1", "f"), functionCallOutput("c1", "x"), said("a"), easy("user", "r")})));
  world.server->log.clear();
  CHECK(show(world.host.finish(session->load("c", 1)).items) == "user:r");
  CHECK(show(world.host.finish(session->load("c", 3)).items) == "assistant:a, user:r");
  CHECK(show(world.host.finish(session->load("c", 4)).items) == "call:f({})#c1, output:x#c1, assistant:a, user:r");
  CHECK(show(world.host.finish(session->load("c", 9)).items) == world.server->history());
  CHECK(world.host.finish(session->load("c", 0)).items.count == 0);
  CHECK(world.server->log.size() == 4);
  CHECK(world.server->log[0].starts_with("GET /conversations/conv_1/items?order=desc&limit=2&include"));
}

TEST_CASE("two who write first at the same time share one conversation") {
  World world;
  auto one = world.process();
  auto session = world.session(one);
  world.timer->turns = 100;
  Started<Done> first(valued(session->save("c", messages(1))));
  Started<Done> second(valued(session->save("c", messages(2))));
  world.host.deliverAll();
  first.result();
  second.result();
  CHECK(world.server->conversations.size() == 1);
  CHECK(world.server->conversations["conv_1"].size() == 3);
}

TEST_CASE("of two tabs that create a conversation at once, the one that comes second uses the first one's") {
  World world;
  auto one = world.process();
  auto other = world.process();
  auto session = world.session(one);
  auto otherSession = world.session(other);
  Started<Done> first(valued(session->save("c", messages(1))));
  Started<Done> second(valued(otherSession->save("c", messages(1))));
  world.host.deliverAll();
  first.result();
  second.result();
  CHECK(world.server->count("POST /conversations") >= 2);
  REQUIRE(world.server->conversations.size() == 1);
  CHECK(world.server->conversations.begin()->second.size() == 2);
}

TEST_CASE("a conversation that could not be created is created at the next call") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.server->mishaps = {{"POST /conversations", 401}};
  CHECK(codeOf([&] { world.host.finish(session->save("c", messages(1))); }) == ErrorCode::ApiError);
  world.host.finish(session->save("c", messages(1)));
  CHECK(world.server->history() == "user:0");
}

TEST_CASE("a conversation that the server names is used as it is, until it is cleared") {
  World world;
  world.server->conversations["conv_x"];
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("conv_x", messages(1)));
  CHECK(world.server->history("conv_x") == "user:0");
  world.host.finish(session->remove("conv_x", ServerSession::Forget::Items));
  CHECK(world.server->conversations.empty());
  CHECK(world.host.finish(session->load("conv_x", std::nullopt)).items.count == 0);
  world.host.finish(session->save("conv_x", messages(2)));
  CHECK(world.server->history("conv_1") == "user:0, user:1");
}

TEST_CASE("a conversation that the server could not delete is still known") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("c", messages(1)));
  world.server->mishaps = {{"DELETE /conversations/conv_1", 403}};
  auto remove = [&] { world.host.finish(session->remove("c", ServerSession::Forget::Conversation)); };
  CHECK(codeOf(remove) == ErrorCode::ApiError);
  CHECK(placeIn(world.host.finish(session->readNote("c")), "c").id == "conv_1");
  world.server->conversations.clear();
  remove();
  CHECK(placeIn(world.host.finish(session->readNote("c")), "c").id.empty());
}

TEST_CASE("the newest item is taken with what would be broken without it") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("c", items({easy("user", "q"), call("c1", "f"), functionCallOutput("c1", "x")})));
  CHECK(show(world.host.finish(session->pop("c")).items) == "call:f({})#c1, output:x#c1");
  CHECK(world.server->history() == "user:q");
}

TEST_CASE("a save that fails in the middle takes back what was added") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("c", messages(1)));
  world.server->mishaps = {{"POST", 0, "null", true}, {"POST", 400}};
  CHECK(codeOf([&] { world.host.finish(session->save("c", messages(30))); }) == ErrorCode::ApiError);
  CHECK(world.server->history() == "user:0");
}

TEST_CASE("a save whose answer got lost is looked up before anything is sent again") {
  for (bool takesEffect : {true, false}) {
    CAPTURE(takesEffect);
    World world;
    auto process = world.process();
    auto session = world.session(process);
    world.host.finish(session->save("c", messages(1)));
    world.server->log.clear();
    world.server->mishaps = {{"POST", 0, "null", takesEffect}};
    world.host.finish(session->save("c", messages(1)));
    CHECK(world.server->history() == "user:0, user:0");
    CHECK(world.server->count("POST") == (takesEffect ? 1 : 2));
  }
}

TEST_CASE("a lock is waited for, a little longer each time, and not for ever") {
  World world;
  auto process = world.process();
  auto session = world.session(process);
  world.host.finish(session->save("c", {messages(1)}));
  for (int i = 0; i < 3; ++i) world.server->mishaps.push_back({"POST", 400, Locked});
  world.host.finish(session->save("c", messages(1)));
  CHECK(world.timer->sleeps == std::vector<double>{1000, 2000, 4000});
  world.timer->sleeps.clear();
  for (int i = 0; i < 20; ++i) world.server->mishaps.push_back({"POST", 400, Locked});
  CHECK(codeOf([&] { world.host.finish(session->save("c", messages(1))); }) == ErrorCode::ApiError);
  double waited = 0;
  for (auto one : world.timer->sleeps) waited += one;
  CHECK(waited == 60'000);
}

TEST_CASE("what is sent has no ids but those that the API needs, and nothing of another SDK's") {
  auto clean = [](const std::string& item) {
    auto kept = sanitised(items({item}));
    return kept.empty() ? std::string() : kept[0];
  };
  CHECK(clean(R"({"type":"message","role":"assistant","id":"msg_1","content":[],"provider_data":{"a":1}})") ==
        R"({"type":"message","role":"assistant","content":[]})");
  CHECK(clean(R"({"type":"function_call","id":"fc_1","call_id":"c"})") == R"({"type":"function_call","call_id":"c"})");
  for (auto type : {"file_search_call", "web_search_call", "computer_call", "mcp_call", "item_reference", "program"}) {
    auto item = std::string(R"({"type":")") + type + R"(","id":"x_1"})";
    CHECK(clean(item) == item);
  }
  CHECK(clean(R"({"type":"mcp_call","id":"__fake_id__"})") == R"({"type":"mcp_call"})");
  CHECK(clean(R"({"type":"reasoning","id":"rs_1","summary":[]})") ==
        R"({"type":"reasoning","id":"rs_1","summary":[]})");
  CHECK(clean(R"({"type":"reasoning","summary":[]})").empty());
  auto sealed = R"({"type":"reasoning","encrypted_content":"x","summary":[]})";
  CHECK(clean(sealed) == sealed);
}
