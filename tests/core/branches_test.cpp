#include "support/branch_talk.h"

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

using namespace agents;
using namespace agents::testing;

namespace {

template <typename Kind>
Talk talk(const std::string& names = {}) {
  return Talk(Kind::open(), names);
}

}  // namespace

TEST_CASE("a conversation that was never forked has one branch, and is not changed by looking") {
  Talk talk(makeMemoryStore(), "u1 a1");
  auto version = read(*talk.store, {"c"}).version;
  auto all = talk.branches();
  REQUIRE(all.size() == 1);
  CHECK(all[0].id == "main");
  CHECK(all[0].name == "main");
  CHECK(all[0].isActive);
  CHECK(all[0].items == 2);
  CHECK(all[0].parent.empty());
  CHECK(all[0].forkedAfter.empty());
  talk.go("main");
  CHECK(read(*talk.store, {"c"}).version == version);
}

TEST_CASE_TEMPLATE("a branch shares what is before it, and each keeps what is its own", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1 u2 a2");
  auto shared = talk.uidOf("a1");
  auto fork = talk.fork(Side::After, "a1", "shorter");
  CHECK(talk.active() == "u1 a1");
  CHECK(fork.isActive);
  CHECK(fork.name == "shorter");
  CHECK(fork.items == 0);
  CHECK(fork.parent == "main");
  CHECK(fork.forkedAfter == shared);
  talk.say("u3 a3");
  CHECK(talk.branch(fork.id).items == 2);
  CHECK(talk.branch("main").items == 4);
  CHECK_FALSE(talk.branch("main").isActive);
  CHECK(talk.at("main") == "u1 a1 u2 a2");
  CHECK(talk.at(fork.id) == "u1 a1 u3 a3");
  CHECK(shortHistory(*talk.store, "c", "branch:main") == "u2 a2");
}

TEST_CASE_TEMPLATE("a branch that has nothing of its own is one to come back to", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1");
  auto first = talk.fork(Side::Before, "u1");
  CHECK(talk.active().empty());
  CHECK(first.parent.empty());
  CHECK(first.forkedAfter.empty());
  CHECK(talk.at("main") == "u1 a1");
  CHECK(talk.at(first.id).empty());
  talk.say("u2");
  CHECK(talk.at("main") == "u1 a1");
  auto end = talk.fork();
  CHECK(talk.at("main") == "u1 a1");
  CHECK(talk.at(end.id) == "u1 a1");
  CHECK(talk.at(first.id) == "u2");
}

TEST_CASE_TEMPLATE("branches of branches, from the middle of what is shared and of what is not", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1 u2 a2");
  auto b = talk.fork(Side::Before, "u2").id;
  talk.say("u3 a3 u4 a4");
  auto c = talk.fork(Side::After, "a3").id;
  talk.say("u5 a5");
  auto d = talk.fork(Side::After, "u1").id;
  talk.say("a6");
  CHECK(talk.at(b) == "u1 a1 u3 a3 u4 a4");
  CHECK(talk.at("main") == "u1 a1 u2 a2");
  CHECK(talk.at(c) == "u1 a1 u3 a3 u5 a5");
  CHECK(talk.at(d) == "u1 a6");
  CHECK(talk.branch(c).parent == b);
  CHECK(talk.branch(d).parent == "main");
  CHECK(shortHistory(*talk.store, "c", "branch:" + b) == "u3 a3 u4 a4");
  CHECK(shortHistory(*talk.store, "c", "branch:main") == "a1 u2 a2");
}

TEST_CASE("a branch does not begin between what belongs together") {
  for (auto [names, at, side, left] : std::vector<std::tuple<std::string, std::string, Side, std::string>>{
           {"u1 c1 o1 a1", "c1", Side::After, "u1"},
           {"u1 c1 o1 a1", "o1", Side::Before, "u1"},
           {"u1 c1 o1 a1", "o1", Side::After, "u1 c1 o1"},
           {"u1 c1 c2 o1 o2", "o1", Side::After, "u1"},
           {"u1 r1 a1", "a1", Side::Before, "u1"},
           {"u1 r1 a1 u2", "a1", Side::After, "u1 r1 a1"},
           {"u1 c1", "c1", Side::After, "u1 c1"},
       }) {
    CAPTURE(names);
    Talk talk(makeMemoryStore(), names);
    talk.fork(side, at);
    CHECK(talk.active() == left);
    CHECK(talk.at("main") == names);
  }
}

TEST_CASE("a fork at an item that is gone, or that another branch has, changes nothing") {
  Talk talk(makeMemoryStore(), "u1 a1 u2");
  auto uid = talk.uidOf("u2");
  talk.fork(Side::After, "a1");
  auto version = read(*talk.store, {"c"}).version;
  for (auto missing : {uid, std::string("gone"), std::string()}) {
    ForkPoint point{Side::After, missing};
    CHECK(codeOf([&] { sync(forkBranch(talk.session, "c", point, "")); }) == ErrorCode::SessionNotFound);
  }
  CHECK(codeOf([&] { talk.go("gone"); }) == ErrorCode::SessionNotFound);
  CHECK(codeOf([&] { talk.drop("gone"); }) == ErrorCode::SessionNotFound);
  CHECK(codeOf([&] { sync(renameBranch(talk.session, "c", "gone", "x")); }) == ErrorCode::SessionNotFound);
  CHECK(read(*talk.store, {"c"}).version == version);
}

TEST_CASE_TEMPLATE("what is popped from one branch stays in the others", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 c1 o1 a1 u2");
  auto b = talk.fork(Side::After, "a1").id;
  talk.say("u3");
  CHECK(talk.pop() == "u3");
  CHECK(talk.pop() == "a1");
  CHECK(talk.pop() == "o1");
  CHECK(talk.active() == "u1");
  talk.say("a9");
  CHECK(talk.at("main") == "u1 c1 o1 a1 u2");
  CHECK(talk.at(b) == "u1 a9");
  CHECK(talk.branch(b).items == 1);
  // And the other way round: what the first branch gives up is the second one's.
  auto c = talk.fork().id;
  auto d = talk.fork().id;
  talk.say("u7");
  talk.go(b);
  CHECK(talk.pop() == "a9");
  CHECK(talk.pop() == "u1");
  CHECK(talk.active().empty());
  CHECK(talk.at(c) == "u1 a9");
  CHECK(talk.at(d) == "u1 a9 u7");
  CHECK(talk.at("main") == "u1 c1 o1 a1 u2");
  CHECK(talk.at(b).empty());
}

TEST_CASE_TEMPLATE("of calls that were made at once, one branch loses all and the others none", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 c1 c2 o1 o2");
  auto b = talk.fork().id;
  CHECK(talk.pop() == "o2");
  CHECK(talk.active() == "u1");
  CHECK(talk.at("main") == "u1 c1 c2 o1 o2");
  CHECK(talk.at(b) == "u1");
}

TEST_CASE_TEMPLATE("a deleted branch takes along what no other one shares", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1");
  auto b = talk.fork().id;
  talk.say("u2 a2 u3 a3");
  auto c = talk.fork(Side::After, "a2").id;
  talk.say("u4");
  auto d = talk.fork(Side::After, "u2").id;
  talk.say("a5");
  CHECK(codeOf([&] { talk.drop(d); }) == ErrorCode::UserError);
  talk.drop(b);
  CHECK(talk.branches().size() == 3);
  CHECK(talk.active() == "u1 a1 u2 a5");
  CHECK(talk.at(c) == "u1 a1 u2 a2 u4");
  talk.drop("main");
  CHECK(talk.at(d) == "u1 a1 u2 a5");
  CHECK(talk.branch(d).parent == c);
  talk.drop(c);
  REQUIRE(talk.branches().size() == 1);
  CHECK(talk.active() == "u1 a1 u2 a5");
  CHECK(talk.branches()[0].id == d);
  CHECK(read(*talk.store, shelvesOf("c")).shelves.size() == 1);
}

TEST_CASE("a branch is renamed, the first one too, and nothing else changes") {
  Talk talk(makeMemoryStore(), "u1 a1");
  sync(renameBranch(talk.session, "c", "main", "\"first\" \xC3\xA4"));
  CHECK(talk.branch("main").name == "\"first\" \xC3\xA4");
  CHECK(talk.branch("main").isActive);
  auto b = talk.fork();
  CHECK(b.name == "branch 2");
  sync(renameBranch(talk.session, "c", b.id, "second"));
  CHECK(talk.branch(b.id).name == "second");
  CHECK(talk.branch("main").name == "\"first\" \xC3\xA4");
  CHECK(talk.at("main") == "u1 a1");
}

TEST_CASE_TEMPLATE("a branch finds its place when items before it were deleted", Kind, Memory, Sql) {
  std::string names = "u0";
  for (int i = 1; i < 120; ++i) names += (i % 2 ? " a" : " u") + std::to_string(i);
  for (std::size_t gone : {1, 5, 31, 60}) {
    CAPTURE(gone);
    auto talk = ::talk<Kind>(names);
    auto b = talk.fork(Side::After, "a99").id;
    talk.say("u200");
    auto all = uids(*talk.store, "c");
    sync(talk.session->removeItems("c", {all.begin() + 100 - static_cast<std::ptrdiff_t>(gone), all.begin() + 100}));
    auto kept = split(names);
    kept.erase(kept.begin() + 100 - static_cast<std::ptrdiff_t>(gone), kept.begin() + 100);
    std::string whole;
    for (const auto& name : kept) whole += (whole.empty() ? "" : " ") + name;
    CHECK(split(talk.at("main")).size() == kept.size());
    CHECK(talk.active() == whole);
    CHECK(split(talk.at(b)).size() == 101 - gone);
  }
}

TEST_CASE_TEMPLATE("a compaction of what branches share is one for all, and each has its own behind it", Kind, Memory,
                   Sql) {
  auto talk = ::talk<Kind>("u1 a1 u2 a2");
  talk.fold("u1 a1", "x1");
  auto b = talk.fork(Side::After, "u2").id;
  talk.say("a3 u3 a4");
  talk.fold("a3 u3", "x2");
  CHECK(talk.active() == "x1 u2 x2 a4");
  CHECK(talk.folds() == 2);
  CHECK(talk.at("main") == "x1 u2 a2");
  CHECK(talk.folds() == 1);
  CHECK(talk.unfolded() == "u1 a1 u2 a2");
  CHECK(talk.at(b) == "x1 u2 x2 a4");
  CHECK(talk.unfold());
  CHECK(talk.active() == "x1 u2 a3 u3 a4");
  CHECK(talk.unfold());
  CHECK_FALSE(talk.unfold());
  CHECK(talk.at("main") == "u1 a1 u2 a2");
}

TEST_CASE_TEMPLATE("a branch that begins within a compaction takes it back, and those that it is within", Kind, Memory,
                   Sql) {
  auto talk = ::talk<Kind>("u1 a1 u2 a2 u3 a3 u4");
  auto uid = talk.uidOf("a2");
  talk.fold("u1 a1", "x1");
  talk.fold("u2 a2", "x2");
  talk.fold("x2 u3 a3", "x3");
  CHECK(talk.active() == "x1 x3 u4");
  ForkPoint point{Side::After, uid};
  auto b = sync(forkBranch(talk.session, "c", point, "")).id;
  CHECK(talk.active() == "x1 x2");
  CHECK(talk.folds() == 2);
  talk.say("u5");
  CHECK(talk.at("main") == "x1 x2 u3 a3 u4");
  CHECK(talk.at(b) == "x1 x2 u5");
  CHECK(talk.unfold());
  CHECK(talk.unfold());
  CHECK(talk.at("main") == "u1 a1 u2 a2 u3 a3 u4");
}

TEST_CASE_TEMPLATE("a compaction over the place where a branch begins is taken back when another one is shown", Kind,
                   Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1 u2 a2");
  auto b = talk.fork(Side::After, "a1").id;
  talk.say("u3 a3 u4");
  auto c = talk.fork(Side::After, "u3").id;
  talk.say("a5 u5");
  talk.fold("u1 a1 u3 a5", "x1");
  CHECK(talk.active() == "x1 u5");
  CHECK(talk.at("main") == "u1 a1 u2 a2");
  CHECK(talk.folds() == 0);
  CHECK(talk.at(c) == "u1 a1 u3 a5 u5");
  talk.fold("u3 a5", "x2");
  // The branch b has u3 too.
  CHECK(talk.at("main") == "u1 a1 u2 a2");
  CHECK(talk.at(b) == "u1 a1 u3 a3 u4");
  CHECK(talk.at(c) == "u1 a1 u3 a5 u5");
}

TEST_CASE_TEMPLATE("a branch that is deleted takes its compactions along", Kind, Memory, Sql) {
  auto talk = ::talk<Kind>("u1 a1");
  auto b = talk.fork().id;
  talk.say("u2 a2 u3 a3");
  talk.fold("u2 a2", "x1");
  talk.fold("x1 u3", "x2");
  talk.go("main");
  talk.drop(b);
  auto shelves = read(*talk.store, shelvesOf("c")).shelves;
  REQUIRE(shelves.size() == 1);
  CHECK(shelves[0].name == "branch:main");
  CHECK(talk.active() == "u1 a1");
}

namespace {

// Runs of a conversation with two branches, of which the one that is not "main" is shown.
struct Runs {
  Runs() {
    appendShort(*store, "c", "u1 a1");
    id = host.finish(forkBranch(process.session, "c", {}, "")).id;
  }

  // Until it rests.
  void run(std::deque<Reply> script, Approval approval = Approval::Never) {
    Attempt attempt(&host, &trace, std::move(script));
    attempt.addTool("add", sum, false, approval);
    attempt.record.runId = "r" + std::to_string(++runs);
    attempt.start(process, R"([{"role":"user","content":"2"}])");
    host.deliverAll();
  }
  std::optional<ErrorCode> switching(const std::string& to) {
    return codeOf([&] { host.finish(switchBranch(process.session, "c", to)); });
  }
  std::size_t open() { return host.finish(process.session->openRuns("c")).size(); }
  std::string history() { return shortHistory(*store, "c"); }

  FakeHost host;
  Trace trace;
  std::shared_ptr<Store> store = makeMemoryStore();
  Process process{&host, store};
  std::string id;
  int runs = 0;
};

Reply failing() { return {{}, AgentsError(ErrorCode::ApiError, "no")}; }

}  // namespace

TEST_CASE("runs at rest are settled before another branch is shown, on the one that is left") {
  Runs talk;
  talk.run({failing()});
  CHECK(talk.open() == 1);
  CHECK_FALSE(talk.switching("main"));
  CHECK(talk.open() == 0);
  CHECK(talk.history() == "u1 a1");
  CHECK_FALSE(talk.switching(talk.id));
  talk.run({{{call("1", "add")}}, failing()});
  CHECK(talk.open() == 1);
  CHECK_FALSE(talk.switching("main"));
  CHECK(talk.open() == 0);
  CHECK(talk.history() == "u1 a1");
  CHECK_FALSE(talk.switching(talk.id));
  CHECK(talk.history() == "u1 a1 u2 c1 o1");
}

TEST_CASE("no other branch is shown while a run has the conversation, or awaits an approval") {
  Runs talk;
  auto refused = [&] {
    auto version = read(*talk.store, {"c"}).version;
    CHECK(talk.switching("main") == ErrorCode::ConversationBusy);
    CHECK(codeOf([&] { talk.host.finish(forkBranch(talk.process.session, "c", {}, "")); }) ==
          ErrorCode::ConversationBusy);
    CHECK(read(*talk.store, {"c"}).version == version);
    // What is not shown may change.
    talk.host.finish(renameBranch(talk.process.session, "c", "main", "first " + version));
    CHECK_FALSE(talk.switching(talk.id));
  };
  edit1(*talk.store, "c", edit::Hold{"another", 3'600'000});
  refused();
  edit1(*talk.store, "c", edit::Release{"another"});
  talk.run({{{call("1", "add")}}}, Approval::Always);
  CHECK(talk.open() == 1);
  refused();
  talk.host.finish(talk.process.session->discardRun("c", "r1"));
  CHECK_FALSE(talk.switching("main"));
}
