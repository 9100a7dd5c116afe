#include "agents/compaction.h"

#include "agents/stores.h"
#include "session/fold_plan.h"
#include "support/conversation.h"
#include "support/short_items.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace agents;
using namespace agents::testing;

namespace {

using Status = CompactionOutcome::Status;

const std::string Sealed = R"({"id":"cmp_s","type":"compaction","encrypted_content":"gAAA"})";

Answer compacted(const std::string& output, int outputTokens = 3) {
  return {200,
          {R"({"id":"resp_1","object":"response.compaction","output":[)" + output +
           R"(],"usage":{"input_tokens":50,"output_tokens":)" + std::to_string(outputTokens) + "}}"}};
}

ReadQuery withOrigins() {
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  return query;
}

// A conversation "c" in memory, and a server that compacts.
struct Place {
  explicit Place(const std::string& names, std::deque<Answer> answers = {compacted(Sealed)})
      : store(makeMemoryStore()), process(&host, store), client(&host, std::move(answers)) {
    appendShort(*store, "c", names);
    setup.conversationId = "c";
    setup.model = "m";
    setup.client = &client;
    setup.timer = &timer;
    setup.force = true;
  }

  CompactionOutcome fold() { return host.finish(compact(process.session, setup)); }

  std::string active() { return shortHistory(*store, "c"); }
  std::string unfolded() { return shortNames(host.finish(loadUnfolded(process.session, "c")).items); }
  std::string seenBy(const std::string& run) {
    return shortNames(host.finish(loadAsSeenBy(process.session, "c", run)).items);
  }
  bool undo() { return !host.finish(undoCompaction(process.session, "c")).empty(); }
  void say(const std::string& names, const std::string& run = {}) {
    std::vector<std::string> items;
    for (const auto& name : split(names)) items.push_back(item(name));
    edit1(*store, "c", appending(items, {}, {"A", run, 1}));
  }
  Page all() { return read(*store, withOrigins()); }
  std::vector<std::string> lastSent() {
    auto body = client.requests.back().body.text();
    std::vector<std::string> names;
    for (auto item : json::elements(*json::member(body, "input"))) names.push_back(shortName(item));
    return names;
  }
  std::string uidAt(std::size_t index) { return uids(*store, "c").at(index); }

  FakeHost host;
  std::shared_ptr<Store> store;
  Process process;
  FakeHttp client;
  FakeTimer timer{&host};
  CompactionSetup setup;
};

// The same, with a model that sums up.
struct Summing : Place {
  explicit Summing(const std::string& names, std::deque<Reply> script = {{{said("It was said.")}}})
      : Place(names, {}), model(std::make_shared<ScriptedModel>(&host, &trace, std::move(script))) {
    setup.strategy = Strategy::Summary;
    setup.summariser = model;
  }

  Trace trace;
  std::shared_ptr<ScriptedModel> model;
};

std::string everythingOf(Store& store) {
  auto page = read(store, withOrigins());
  return page.items.text.text() + page.origins;
}

const std::string Long = "u1 a1 r2 c1 o1 a2 u2 a3 u3 a4";

}  // namespace

TEST_CASE("compaction puts one item in the place of what it folds") {
  Place place(Long);
  place.setup.targetItems = 2;
  auto outcome = place.fold();
  CHECK(outcome.status == Status::Done);
  CHECK(outcome.folded == 6);
  CHECK(outcome.kept == 4);
  CHECK(outcome.tokensAfter == 3);
  CHECK(outcome.tokensBefore > 3);
  CHECK(outcome.usage.inputTokens == 50);
  CHECK(place.active() == "u1 u2 xs u3 a4");
  CHECK(shortHistory(*place.store, "c", "folded:" + outcome.id) == "a1 r2 c1 o1 a2 a3");
}

TEST_CASE("compaction sends what it folds between what users said, and nothing that came later") {
  Place place(Long);
  place.setup.targetItems = 2;
  place.fold();
  const auto& request = place.client.requests.at(0);
  CHECK(request.method == "POST");
  CHECK(request.path == "/responses/compact");
  CHECK(json::stringMember(request.body.text(), "model") == "m");
  CHECK(place.lastSent() == split("u1 a1 r2 c1 o1 a2 u2 a3"));
}

TEST_CASE("compaction of what the server remembers sends its id alone") {
  Place place("u1 a1 u2 a2");
  place.setup.responseId = "resp_7";
  CHECK(place.fold().status == Status::Done);
  CHECK(place.client.requests.at(0).body.text() == R"({"model":"m","previous_response_id":"resp_7"})");
  CHECK(place.active() == "u1 u2 xs");
}

TEST_CASE("a summary stands for what it sums up as words of the assistant") {
  Summing place(Long);
  place.setup.targetItems = 6;
  place.setup.minSummaryTokens = 4;
  auto outcome = place.fold();
  CHECK(outcome.status == Status::Done);
  auto items = "[" + history(*place.store, "c") + "]";
  auto elements = json::elements(items);
  REQUIRE(elements.size() == 6);
  CHECK(outputText(elements[1]) == "Summary of the conversation so far:\nIt was said.");
  const auto& request = place.model->requests.at(0);
  CHECK(request.model == "m");
  CHECK(request.instructions.find("at least 4 tokens") != std::string::npos);
  CHECK(request.instructions.find("word by word") == std::string::npos);
}

TEST_CASE("words of users that a summary takes along are to be kept literally") {
  Summing place(Long);
  place.setup.targetItems = 4;
  CHECK(place.fold().status == Status::Done);
  CHECK(place.model->requests.at(0).instructions.find("The first 1 messages of the user") != std::string::npos);
  CHECK(place.active().starts_with("u2 "));
}

TEST_CASE("nothing is folded that would not be shorter") {
  Place place(Long, {compacted(Sealed, 5000)});
  auto outcome = place.fold();
  CHECK(outcome.status == Status::NoSaving);
  CHECK(outcome.usage.outputTokens == 5000);
  CHECK(place.active() == Long);
  Summing other(Long);
  other.setup.minSummaryTokens = 5000;
  CHECK(other.fold().status == Status::NoSaving);
  CHECK(other.model->requests.empty());
}

TEST_CASE("a summary that is too short is not taken") {
  Summing place(Long);
  place.setup.minSummaryTokens = 20;
  CHECK(place.fold().status == Status::SummaryTooShort);
  CHECK(place.active() == Long);
}

TEST_CASE("a history that is too short, or has nothing to fold, is left alone") {
  Place place("u1 a1");
  place.setup.force = false;
  CHECK(place.fold().status == Status::NotDue);
  Place other("u1 u2");
  CHECK(other.fold().status == Status::NothingToFold);
  CHECK(other.client.requests.empty());
}

TEST_CASE("an answer that is no compaction changes nothing") {
  for (const auto& output : {std::string(), Sealed + "," + Sealed, said("no"), item("u1"), Sealed + "," + said("no"),
                             std::string(R"({"type":"compaction"})")}) {
    Place place(Long, {compacted(output)});
    CHECK(codeOf([&] { place.fold(); }) == ErrorCode::ModelBehavior);
    CHECK(place.active() == Long);
  }
  Summing silent(Long, {{{}}});
  CHECK(codeOf([&] { silent.fold(); }) == ErrorCode::ModelBehavior);
}

TEST_CASE("a compaction comes with words of users, which stay as they are stored") {
  Place place(Long, {compacted(item("uother") + "," + Sealed)});
  CHECK(place.fold().status == Status::Done);
  CHECK(place.active() == "u1 u2 u3 xs");
}

TEST_CASE("a server without compaction is told from one without the model") {
  for (auto status : {404, 405}) {
    Place place(Long, {{status, {R"({"detail":"Not Found"})"}}});
    CHECK(codeOf([&] { place.fold(); }) == ErrorCode::SessionUnsupported);
  }
  Place other(Long, {{404, {R"({"error":{"message":"No such model.","code":"model_not_found"}})"}}});
  CHECK(codeOf([&] { other.fold(); }) == ErrorCode::ApiError);
  Place denied(Long, {{401, {R"({"error":{"message":"No."}})"}}});
  CHECK(codeOf([&] { denied.fold(); }) == ErrorCode::ApiError);
}

TEST_CASE("undo gives back every item in its place, with what came since") {
  Place place(Long);
  place.setup.targetItems = 2;
  auto before = everythingOf(*place.store);
  place.fold();
  CHECK(place.undo());
  CHECK(everythingOf(*place.store) == before);
  CHECK_FALSE(place.undo());
  Place other(Long);
  other.fold();
  other.say("u4 a5");
  CHECK(other.undo());
  CHECK(other.active() == Long + " u4 a5");
}

TEST_CASE("folds lie in one another, and are undone from the newest on") {
  Place place("u1 a1 u2 a2",
              {compacted(Sealed), compacted(R"({"id":"cmp_t","type":"compaction","encrypted_content":"x"})")});
  place.fold();
  place.say("u3 a3 u4 a4");
  place.setup.targetItems = 2;
  CHECK(place.fold().status == Status::Done);
  CHECK(place.active() == "u1 u2 u3 xt u4 a4");
  CHECK(place.unfolded() == "u1 a1 u2 a2 u3 a3 u4 a4");
  auto folds = place.host.finish(compactionsOf(place.process.session, "c"));
  REQUIRE(folds.size() == 2);
  CHECK(json::member(folds[1].note, "folded") == "2");
  CHECK(json::stringMember(folds[1].note, "strategy") == "compact");
  CHECK(place.undo());
  CHECK(place.active() == "u1 u2 xs u3 a3 u4 a4");
  CHECK(place.undo());
  CHECK(place.active() == "u1 a1 u2 a2 u3 a3 u4 a4");
}

TEST_CASE("what was deleted since a fold is not in the unfolded history") {
  Place place(Long);
  place.setup.targetItems = 2;
  place.fold();
  edit1(*place.store, "c", edit::Remove{{place.uidAt(1), place.uidAt(3)}});
  CHECK(place.active() == "u1 xs a4");
  CHECK(place.unfolded() == "u1 a1 r2 c1 o1 a2 a3 a4");
  edit1(*place.store, "c", edit::Remove{{place.uidAt(1)}});
  CHECK(place.unfolded() == "u1 a1 r2 c1 o1 a2 a3 a4");
}

TEST_CASE("a run's view has the folds that it saw, and ends with its own items") {
  Place place("", {compacted(Sealed), compacted(R"({"id":"cmp_t","type":"compaction","encrypted_content":"x"})")});
  place.say("u1 a1", "r1");
  place.say("u2 a2", "r2");
  place.fold();
  place.say("u3 a3", "r3");
  place.fold();
  place.say("u4 a4", "r4");
  CHECK(place.seenBy("r1") == "u1 a1");
  CHECK(place.seenBy("r2") == "u1 a1 u2 a2");
  CHECK(place.seenBy("r3") == "u1 u2 xs u3 a3");
  CHECK(place.seenBy("r4") == "u1 u2 u3 xt u4 a4");
  CHECK(codeOf([&] { place.seenBy("r5"); }) == ErrorCode::SessionNotFound);
}

TEST_CASE("a run that was open when its conversation was compacted did not see it") {
  Place place("");
  place.say("u1 a1", "r1");
  edit1(*place.store, "c", appending({item("u2")}, "run:r2", {"", "r2", 0}));
  place.fold();
  place.say("u2 a2", "r2");
  CHECK(place.active() == "u1 xs u2 a2");
  CHECK(place.seenBy("r2") == "u1 a1 u2 a2");
}

TEST_CASE("a pinned item is not folded until its pin is lifted") {
  Place place("u1 c1 o1 a1", {compacted(Sealed), compacted(Sealed)});
  auto pinned = place.uidAt(2);
  place.host.finish(pinItem(place.process.session, "c", pinned, Pin::Set));
  CHECK(place.fold().status == Status::Done);
  CHECK(place.active() == "u1 c1 o1 xs");
  place.undo();
  place.host.finish(pinItem(place.process.session, "c", pinned, Pin::Lift));
  place.host.finish(pinItem(place.process.session, "c", pinned, Pin::Lift));
  place.fold();
  CHECK(place.active() == "u1 xs");
  CHECK(codeOf([&] { place.host.finish(pinItem(place.process.session, "c", "none", Pin::Set)); }) ==
        ErrorCode::SessionNotFound);
}

TEST_CASE("what a run adds meanwhile stays behind the fold") {
  Place place(Long);
  Started<CompactionOutcome> folding(compact(place.process.session, place.setup));
  while (place.client.requests.empty()) place.host.deliver();
  place.say("u9 c9 o9");
  place.host.deliverAll();
  CHECK(folding.result().status == Status::Done);
  CHECK(place.active() == "u1 u2 u3 xs u9 c9 o9");
  CHECK(place.unfolded() == Long + " u9 c9 o9");
}

TEST_CASE("a fold gives way to whoever changes meanwhile what it folds") {
  auto overtaken = [](auto change) {
    Place place(Long);
    Started<CompactionOutcome> folding(compact(place.process.session, place.setup));
    while (place.client.requests.empty()) place.host.deliver();
    change(place);
    auto after = place.active();
    place.host.deliverAll();
    CHECK(place.active() == after);
    return folding.result().status == Status::Overtaken;
  };
  CHECK(overtaken([](Place& place) { edit1(*place.store, "c", edit::Remove{{place.uidAt(0)}}); }));
  CHECK(overtaken([](Place& place) { edit1(*place.store, "c", edit::Replace{place.uidAt(1), item("aother")}); }));
  CHECK(overtaken([](Place& place) { edit1(*place.store, "c", edit::Clear{}); }));
  CHECK(overtaken([](Place& place) { edit1(*place.store, "c", edit::Delete{}); }));
  CHECK(overtaken([](Place& place) { edit1(*place.store, "c", edit::Note{"pinned", R"({"uids":["x"]})"}); }));
}

TEST_CASE("a conversation is compacted once at a time") {
  Place place(Long);
  Started<CompactionOutcome> first(compact(place.process.session, place.setup));
  CHECK(place.fold().status == Status::Busy);
  CHECK(first.result().status == Status::Done);
  Place other(Long, {compacted(Sealed)});
  CHECK(other.fold().status == Status::Done);
}

TEST_CASE("a compaction that is stopped changes nothing, however far it is") {
  for (int steps = 0; steps < 4; ++steps) {
    Place place(Long);
    Interruptible stop;
    place.setup.stop = &stop;
    Started<CompactionOutcome> folding(compact(place.process.session, place.setup));
    for (int i = 0; i < steps; ++i) place.host.deliver();
    REQUIRE_FALSE(folding.done());
    stop.interrupt();
    place.host.deliverAll();
    CHECK(codeOf([&] { folding.result(); }) == ErrorCode::Aborted);
    CHECK(place.active() == Long);
    CHECK(place.client.openBodies == 0);
  }
}

TEST_CASE("a compaction tells how far it is") {
  Place place(Long);
  std::vector<std::string> heard;
  place.setup.progress = [&](const char* stage, std::size_t items) {
    heard.push_back(stage + (" " + std::to_string(items)));
  };
  place.fold();
  CHECK(heard == std::vector<std::string>{"planned 7", "asked 7", "folded 7"});
}

namespace {

// A history as models make them, with parallel calls, ids that come again, and outputs that never came.
class RandomHistory {
 public:
  explicit RandomHistory(std::mt19937* random) : random_(random) {
    for (int turn = below(12); turn >= 0; --turn) addTurn();
  }

  int below(int most) { return static_cast<int>((*random_)() % static_cast<unsigned>(most)); }

  std::string addTurn() {
    std::string turn;
    auto add = [&](const std::string& name) { turn += (turn.empty() ? "" : " ") + name; };
    add("u" + next());
    for (int step = below(3); step > 0; --step) {
      if (below(2) == 0) add("r" + next());
      auto id = below(4) == 0 ? std::string("same") : next();
      bool isParallel = below(3) == 0;
      add("c" + id);
      if (isParallel) add("k" + id);
      if (below(8) > 0) add("o" + id);
      if (isParallel) add("p" + id);
    }
    if (below(4) > 0) add("a" + next());
    names += (names.empty() ? "" : " ") + turn;
    return turn;
  }

  std::string names;

 private:
  std::string next() { return std::to_string(++number_); }

  std::mt19937* random_;
  int number_ = 0;
};

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Neither half of a pair lies without the other, those aside whose ids come again.
void checkWholePairs(const std::vector<std::string>& active, const std::vector<std::string>& folded) {
  for (const auto& name : active) {
    auto id = name.substr(1);
    if (id == "same") continue;
    if (name[0] == 'o' || name[0] == 'p') CHECK_FALSE(has(folded, (name[0] == 'o' ? "c" : "k") + id));
    if (name[0] == 'c' || name[0] == 'k') CHECK_FALSE(has(folded, (name[0] == 'c' ? "o" : "p") + id));
  }
}

// Of what stays, only words of users are sent.
void checkSent(const std::vector<std::string>& sent, const std::vector<std::string>& folded, std::size_t border,
               const std::vector<std::string>& before) {
  for (const auto& name : sent) {
    auto place = std::find(before.begin(), before.end(), name);
    CHECK((name[0] == 'u' || has(folded, name)));
    CHECK(static_cast<std::size_t>(place - before.begin()) < border);
  }
}

}  // namespace

TEST_CASE("folds of random histories lose nothing, part nothing, show no more than they must, and can be undone") {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    RandomHistory spoken(&random);
    CAPTURE(spoken.names);
    Place place(spoken.names, std::deque<Answer>(6, compacted(Sealed)));
    for (int fold = 0; fold < 3; ++fold) {
      place.setup.targetItems = static_cast<std::size_t>(spoken.below(8));
      auto before = everythingOf(*place.store);
      auto names = split(place.active());
      auto page = place.all();
      auto border = planFold(FoldItems(page), {}, place.setup).border;
      auto outcome = place.fold();
      if (outcome.status == Status::Done) {
        auto folded = split(shortHistory(*place.store, "c", "folded:" + outcome.id));
        checkWholePairs(split(place.active()), folded);
        checkSent(place.lastSent(), folded, border, names);
        CHECK(place.undo());
        CHECK(everythingOf(*place.store) == before);
        CHECK(place.fold().status == Status::Done);
      } else {
        CHECK(everythingOf(*place.store) == before);
      }
      CHECK(place.unfolded() == spoken.names);
      place.say(spoken.addTurn());
    }
    while (place.undo()) {
    }
    CHECK(place.active() == spoken.names);
  }
}
