#include "agents/session.h"
#include "agents/stores.h"
#include "support/conversation.h"
#include "support/short_items.h"

#include <doctest/doctest.h>

#include <set>

using namespace agents;
using namespace agents::testing;

namespace {

struct Opened {
  explicit Opened(const std::string& names) : session(parts(names)) {}

  SessionParts parts(const std::string& names) {
    auto made = makeMemoryStore();
    store = made.get();
    appendShort(*store, "c", names);
    return {std::move(made)};
  }
  std::string history() { return shortHistory(*store, "c"); }

  Store* store = nullptr;
  StoreSession session;
};

// What is left after a pop; fails if it does not give the newest item.
std::string popped(const std::string& names) {
  Opened kept(names);
  auto item = sync(kept.session.pop("c"));
  REQUIRE(item);
  CHECK(shortName(*item) == split(names).back());
  return kept.history();
}

// What is left after the items at these places were deleted; checks that what is given is what is missing.
std::string without(const std::string& names, const std::vector<std::size_t>& places) {
  Opened kept(names);
  auto all = uids(*kept.store, "c");
  std::vector<std::string> wanted;
  for (auto place : places) wanted.push_back(all.at(place));
  auto removed = sync(kept.session.removeItems("c", wanted));
  auto left = kept.history();
  CHECK(split(left).size() + removed.items.count == split(names).size());
  CHECK(split(shortNames(removed.items)).size() == removed.items.count);
  auto origins = "[" + removed.origins + "]";
  CHECK(json::elements(origins).size() == removed.items.count);
  return left;
}

std::optional<ErrorCode> replacing(const std::string& names, std::size_t place, const std::string& item) {
  Opened kept(names);
  auto uid = uids(*kept.store, "c").at(place);
  return codeOf([&] { sync(kept.session.replaceItem("c", uid, item)); });
}

}  // namespace

TEST_CASE("pop removes the newest item alone when nothing needs it") {
  CHECK(popped("u1 a1 u2") == "u1 a1");
  CHECK(popped("u1 a1 a2") == "u1 a1");
  CHECK(popped("u1") == "");
  CHECK(popped("c1 o1 x1") == "c1 o1");
  Opened kept("");
  CHECK_FALSE(sync(kept.session.pop("c")));
}

TEST_CASE("pop takes the call of an output along") {
  CHECK(popped("u1 c1 o1") == "u1");
  CHECK(popped("u1 c1 c2 o1 o2") == "u1 c1 o1");
  CHECK(popped("u1 c1 c2 o2 o1") == "u1 c2 o2");
  CHECK(popped("u1 k1 c1 o1 p1") == "u1 c1 o1");
  CHECK(popped("c1 u1 a1 u2 o1") == "u1 a1 u2");
}

TEST_CASE("pop takes reasoning along that led to nothing else") {
  CHECK(popped("u1 r1 a1") == "u1");
  CHECK(popped("u1 r1 c1 o1") == "u1");
  CHECK(popped("u1 r1 r2 a1") == "u1");
  CHECK(popped("u1 r1 c1 c2 o1 o2") == "u1 r1 c1 o1");
  CHECK(popped("u1 r1 a1 c1 o1") == "u1 r1 a1");
  CHECK(popped("u1 r1 w1 a1") == "u1 r1 w1");
  CHECK(popped("u1 r1 c1") == "u1");
}

TEST_CASE("pop leaves what was broken before") {
  CHECK(popped("o7 u1 c8 u2") == "o7 u1 c8");
  CHECK(popped("u1 r1 u2") == "u1 r1");
  CHECK(popped("u1 o7") == "u1");
  CHECK(popped("c1 o1 o1") == "c1 o1");
}

TEST_CASE("pop finds a call however far back it is") {
  std::string far = "r1 c1";
  for (int i = 0; i < 700; ++i) far += " u" + std::to_string(i);
  Opened kept("u " + far + " o1");
  CHECK(shortName(*sync(kept.session.pop("c"))) == "o1");
  CHECK(kept.history() == "u" + far.substr(5));
}

TEST_CASE("deleted items take along what would be broken without them") {
  CHECK(without("u1 c1 o1 a1", {1}) == "u1 a1");
  CHECK(without("u1 c1 o1 a1", {2}) == "u1 a1");
  CHECK(without("u1 r1 c1 c2 o1 o2 a1", {1}) == "u1 a1");
  CHECK(without("u1 r1 c1 c2 o1 o2 a1", {2}) == "u1 r1 c2 o2 a1");
  CHECK(without("u1 r1 c1 c2 o1 o2 a1", {4, 5}) == "u1 a1");
  CHECK(without("u1 r1 a1 u2 a2", {2}) == "u1 u2 a2");
  CHECK(without("u1 r1 w1 r2 a1", {1}) == "u1 r2 a1");
  CHECK(without("u1 r1 w1 r2 a1", {2}) == "u1 r2 a1");
  CHECK(without("u1 r1 w1 r2 a1", {4}) == "u1 r1 w1");
  CHECK(without("u1 a1 u2 a2", {0, 3}) == "a1 u2");
}

TEST_CASE("deleting what is not there changes nothing") {
  Opened kept("u1 a1");
  auto version = read(*kept.store, {"c"}).version;
  CHECK(sync(kept.session.removeItems("c", {"none", "none"})).items.count == 0);
  CHECK(sync(kept.session.removeItems("c", {})).items.count == 0);
  CHECK(sync(kept.session.removeItems("none", {"none"})).items.count == 0);
  CHECK(read(*kept.store, {"c"}).version == version);
}

TEST_CASE("an item is replaced by one that can stand in its place") {
  Opened kept("u1 c1 o1 a1");
  auto all = uids(*kept.store, "c");
  sync(kept.session.replaceItem("c", all[0], item("u2")));
  sync(kept.session.replaceItem("c", all[2], R"({"type":"function_call_output","call_id":"1","output":"y"})"));
  CHECK(shortHistory(*kept.store, "c") == "u2 c1 o1 a1");
  CHECK(uids(*kept.store, "c") == all);
  CHECK_FALSE(replacing("u1", 0, R"({"role":"system","content":"x"})"));
  CHECK(replacing("u1 c1 o1", 1, item("c2")) == ErrorCode::SessionInvalidItem);
  CHECK(replacing("u1 c1 o1", 1, item("a1")) == ErrorCode::SessionInvalidItem);
  CHECK(replacing("u1 c1 o1", 0, item("o2")) == ErrorCode::SessionInvalidItem);
  CHECK(replacing("u1 r1 a1", 2, item("u1")) == ErrorCode::SessionInvalidItem);
  CHECK(codeOf([&] { sync(kept.session.replaceItem("c", "none", item("u1"))); }) == ErrorCode::SessionNotFound);
  CHECK(codeOf([&] { sync(kept.session.replaceItem("none", all[0], item("u1"))); }) == ErrorCode::SessionNotFound);
}

TEST_CASE("pops at the same time take different items, and none is lost to another's change") {
  FakeHost host;
  std::shared_ptr<Store> store = makeMemoryStore();
  appendShort(*store, "c", "u1 c1 o1 u2 u3");
  Process one(&host, store);
  Process two(&host, store);
  Started<std::optional<std::string>> first(one.session->pop("c"));
  Started<std::optional<std::string>> second(two.session->pop("c"));
  Started<Done> saved(valued(one.session->save("c", {{{}, itemsOf({item("u4")})}}, "op")));
  host.deliverAll();
  saved.result();
  auto taken = {shortName(*first.result()), shortName(*second.result())};
  CHECK(std::set<std::string>(taken).size() == 2);
  CHECK(split(shortHistory(*store, "c")).size() == 4);
}

TEST_CASE("a failure of the store ends a pop, and nothing is removed") {
  FakeHost host;
  std::shared_ptr<Store> store = makeMemoryStore();
  appendShort(*store, "c", "u1");
  Process process(&host, store);
  process.store->brokenFrom = 1;
  Started<std::optional<std::string>> pop(process.session->pop("c"));
  host.deliverAll();
  CHECK(codeOf([&] { pop.result(); }) == ErrorCode::SessionQuota);
  CHECK(shortHistory(*store, "c") == "u1");
}
