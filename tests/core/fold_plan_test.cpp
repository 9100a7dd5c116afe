#include "session/fold_plan.h"

#include "agents/json_text.h"
#include "agents/stores.h"
#include "support/short_items.h"

#include <doctest/doctest.h>

#include <string>

using namespace agents;
using namespace agents::testing;

namespace {

CompactionSetup keeping(std::size_t targetItems) {
  CompactionSetup setup;
  setup.targetItems = targetItems;
  setup.force = true;
  return setup;
}

CompactionSetup leaving(std::size_t targetItems) {
  auto setup = keeping(targetItems);
  setup.strategy = Strategy::Summary;
  return setup;
}

Page pageOf(const std::string& names) {
  auto store = makeMemoryStore();
  appendShort(*store, "c", names);
  ReadQuery query{"c"};
  query.detail = ReadQuery::Detail::Origins;
  return read(*store, std::move(query));
}

// The history with what is folded in parentheses and a bar at the border. A star behind a name pins the item.
std::string planned(const std::string& history, const CompactionSetup& setup) {
  std::string plain;
  std::vector<bool> isPinned;
  for (auto name : split(history)) {
    isPinned.push_back(name.back() == '*');
    if (isPinned.back()) name.pop_back();
    plain += (plain.empty() ? "" : " ") + name;
  }
  auto page = pageOf(plain);
  FoldItems items(page);
  std::vector<std::string> pinned;
  for (std::size_t i = 0; i < isPinned.size(); ++i) {
    if (isPinned[i]) pinned.push_back(items[i].uid);
  }
  auto plan = planFold(items, pinned, setup);
  std::string shown;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto name = shortName(items[i].marks.text);
    if (i == plan.border) shown += "| ";
    shown += (i < plan.border && plan.folded[i] ? "(" + name + ")" : name) + " ";
  }
  if (plan.border == items.size()) shown += "| ";
  shown.pop_back();
  return shown;
}

std::string asked(const std::string& history, const CompactionSetup& setup) {
  auto page = pageOf(history);
  FoldItems items(page);
  return shortNames(folding(items, planFold(items, {}, setup)));
}

FoldPlan::Due dueOf(const std::string& history, const CompactionSetup& setup) {
  auto page = pageOf(history);
  return planFold(FoldItems(page), {}, setup).due;
}

}  // namespace

using Due = FoldPlan::Due;

TEST_CASE("a fold takes all but the newest items, and leaves what users said") {
  CHECK(planned("u1 a1 u2 a2 u3 a3", keeping(2)) == "u1 (a1) u2 (a2) | u3 a3");
  CHECK(planned("u1 a1 u2 a2", keeping(0)) == "u1 (a1) u2 (a2) |");
  CHECK(planned("u1 a1", keeping(5)) == "| u1 a1");
}

TEST_CASE("the border of a fold parts no call from its outputs") {
  CHECK(planned("u1 c1 o1 a1", keeping(2)) == "u1 (c1) (o1) | a1");
  CHECK(planned("u1 c1 c2 o1 o2 a1", keeping(2)) == "u1 (c1) (c2) (o1) (o2) | a1");
  CHECK(planned("u1 c1 c2 o1 o2 a1", keeping(3)) == "u1 (c1) (c2) (o1) (o2) | a1");
  CHECK(planned("u1 c1 o1 c1 o1 a1", keeping(3)) == "u1 (c1) (o1) | c1 o1 a1");
  CHECK(planned("c1 u1 a1 u2 o1 a2", keeping(3)) == "(c1) u1 (a1) u2 (o1) | a2");
}

TEST_CASE("the border of a fold parts no reasoning from what it led to") {
  CHECK(planned("u1 r1 a1 u2", keeping(2)) == "u1 (r1) (a1) | u2");
  CHECK(planned("u1 r1 r2 a1 u2", keeping(3)) == "u1 (r1) (r2) (a1) | u2");
  CHECK(planned("u1 r1 w1 r2 a1 u2", keeping(3)) == "u1 (r1) (w1) | r2 a1 u2");
  CHECK(planned("u1 r1 c1 o1 r2 c2 o2 a1", keeping(4)) == "u1 (r1) (c1) (o1) | r2 c2 o2 a1");
}

TEST_CASE("a fold ends before a call that waits for its output") {
  CHECK(planned("u1 a1 u2 c1", keeping(0)) == "u1 (a1) u2 | c1");
  CHECK(planned("u1 a1 u2 r1 c1 c2 o1", keeping(0)) == "u1 (a1) u2 | r1 c1 c2 o1");
  CHECK(planned("u1 c1 u2 a2", keeping(0)) == "u1 (c1) u2 (a2) |");
}

TEST_CASE("what is pinned stays, and so does what belongs to it") {
  CHECK(planned("u1 a1* a2 u2", keeping(1)) == "u1 a1 (a2) | u2");
  CHECK(planned("u1 c1 o1* a1 u2", keeping(1)) == "u1 c1 o1 (a1) | u2");
  CHECK(planned("u1 r1 c1 c2* o1 o2 r2 a1 u2", keeping(1)) == "u1 r1 c1 c2 o1 o2 (r2) (a1) | u2");
  CHECK(planned("u1* a1 u2", leaving(1)) == "u1 (a1) (u2) |");
}

TEST_CASE("a later fold takes what stands for the earlier one along") {
  CHECK(planned("u1 x1 u2 a2 u3 a3", keeping(2)) == "u1 (x1) u2 (a2) | u3 a3");
  CHECK(dueOf("u1 x1 u2", keeping(0)) == Due::Nothing);
}

TEST_CASE("a summary leaves what a server has folded, which its model cannot read") {
  CHECK(planned("u1 x1 u2 a2 u3 a3", leaving(8)) == "u1 x1 | u2 a2 u3 a3");
  CHECK(planned("u1 x1 u2 a2 u3 a3", leaving(4)) == "(u1) x1 (u2) (a2) | u3 a3");
}

TEST_CASE("a summary leaves no more items than are wanted, if need be without the oldest words of users") {
  CHECK(planned("u1 a1 u2 a2 u3 a3", leaving(6)) == "u1 (a1) u2 | a2 u3 a3");
  CHECK(planned("u1 a1 u2 a2 u3 a3", leaving(5)) == "u1 (a1) u2 (a2) | u3 a3");
  CHECK(planned("u1 a1 u2 a2 u3 a3", leaving(4)) == "(u1) (a1) u2 (a2) | u3 a3");
  CHECK(planned("u1 a1 u2 a2 u3 a3", leaving(1)) == "(u1) (a1) (u2) (a2) (u3) (a3) |");
}

TEST_CASE("below its threshold nothing is folded, unless it is forced") {
  auto setup = keeping(0);
  setup.force = false;
  setup.threshold = 3;
  CHECK(dueOf("u1 a1", setup) == Due::NotDue);
  CHECK(dueOf("u1 a1 u2", setup) == Due::Yes);
  setup.strategy = Strategy::Summary;
  CHECK(dueOf("u1 a1", setup) == Due::NotDue);
  CHECK(dueOf("u1 u2 a1", setup) != Due::NotDue);
  CHECK(dueOf("u1 a1", keeping(0)) == Due::Yes);
  CHECK(dueOf("", keeping(0)) == Due::Nothing);
  CHECK(dueOf("u1 u2", keeping(0)) == Due::Nothing);
}

TEST_CASE("what a compaction has left of users' words does not count towards the next one, but for a summary it does") {
  auto setup = keeping(0);
  setup.force = false;
  setup.threshold = 4;
  CHECK(dueOf("u1 u2 u3 x1 u4 a4", setup) == Due::NotDue);
  CHECK(dueOf("u1 u2 u3 x1 u4 a4 u5", setup) == Due::Yes);
  setup.strategy = Strategy::Summary;
  CHECK(dueOf("u1 u2 u3 x1 u4 a4", setup) == Due::Yes);
}

TEST_CASE("what the server remembers is folded as a whole or not at all") {
  auto setup = keeping(3);
  setup.responseId = "resp_1";
  CHECK(planned("u1 a1 u2 a2", setup) == "u1 (a1) u2 (a2) |");
  CHECK(dueOf("u1 a1 u2 c1", setup) == Due::Nothing);
}

TEST_CASE("who folds sees what is to be folded between what users said, and nothing behind the border") {
  CHECK(asked("u1 a1 u2 c1 o1 u3 a3", keeping(2)) == "u1 a1 u2 c1 o1");
  CHECK(asked("u1 c9 u2 r1 a2 u3", keeping(1)) == "u1 u2 r1 a2");
}

TEST_CASE("a plan counts what it folds") {
  auto page = pageOf("u1 a1 u2 a2 u3");
  auto plan = planFold(FoldItems(page), {}, keeping(1));
  CHECK(plan.count == 2);
  CHECK(plan.tokens > 8);
}

// In ten thousand items that nothing can be said about, too.
TEST_CASE("a plan of a long history is made in no time") {
  std::string names = "u1";
  for (int i = 0; i < 5000; ++i) names += " c" + std::to_string(i) + " o" + std::to_string(i);
  auto page = pageOf(names);
  auto plan = planFold(FoldItems(page), {}, keeping(5));
  CHECK(plan.count == 9996);
}
