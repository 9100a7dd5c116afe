#include "support/branch_talk.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace agents;
using namespace agents::testing;

namespace {

// Branches as lists that share nothing, which is what they are to whoever looks at them.
class Model {
 public:
  std::vector<std::string>& active() { return branches[current]; }

  std::vector<std::vector<std::string>> branches{{}};
  std::vector<std::string> ids{"main"};
  std::size_t current = 0;
};

std::string textOf(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// Does the same to a conversation and to the model.
class Gardener {
 public:
  Gardener(std::unique_ptr<Store> store, unsigned seed) : talk_(std::move(store)), random_(seed) {}

  void step() {
    switch (below(13)) {
      case 0:
      case 1:
        return fork();
      case 2:
      case 3:
        return go(below(model_.ids.size()));
      case 4:
      case 5:
        return pop();
      case 6:
        return drop();
      case 7:
        return fold();
      case 8:
        return below(3) ? say() : static_cast<void>(talk_.unfold());
      case 9:
        return removeSome();
      default:
        return say();
    }
  }

  void checkActive() {
    REQUIRE(talk_.unfolded() == textOf(model_.active()));
    auto all = talk_.branches();
    REQUIRE(all.size() == model_.ids.size());
    for (const auto& one : all) REQUIRE(one.isActive == (one.id == model_.ids[model_.current]));
  }

  void checkAll() {
    for (std::size_t i = 0; i < model_.ids.size(); ++i) {
      go(i);
      checkActive();
    }
    while (talk_.unfold()) {
    }
    CHECK(talk_.active() == textOf(model_.active()));
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void say() {
    for (std::size_t i = 0; i <= below(4); ++i) {
      auto id = std::to_string(++said_);
      auto names = below(3) ? std::vector{"u" + id} : std::vector{"c" + id, "o" + id};
      talk_.say(textOf(names));
      for (auto& name : names) model_.active().push_back(name);
    }
  }

  void fork() {
    auto& from = model_.active();
    std::size_t count = from.size();
    Branch branch;
    if (from.empty() || !below(4)) {
      branch = talk_.fork();
    } else {
      auto at = below(from.size());
      auto side = below(2) ? Side::Before : Side::After;
      branch = talk_.fork(side, from[at]);
      count = at + (side == Side::After ? 1 : 0);
      if (count > 0 && from[count - 1][0] == 'c') --count;
    }
    std::vector<std::string> shared(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
    model_.current = model_.ids.size();
    model_.ids.push_back(branch.id);
    model_.branches.push_back(std::move(shared));
  }

  void go(std::size_t branch) {
    talk_.go(model_.ids[branch]);
    model_.current = branch;
  }

  void pop() {
    auto& from = model_.active();
    // What stands for others is not in the model.
    if (from.empty() || split(talk_.active()).back() != from.back()) return;
    REQUIRE(talk_.pop() == from.back());
    if (from.back()[0] == 'o') from.pop_back();
    from.pop_back();
  }

  void drop() {
    auto branch = below(model_.ids.size());
    if (branch == model_.current) return;
    talk_.drop(model_.ids[branch]);
    auto at = static_cast<std::ptrdiff_t>(branch);
    model_.ids.erase(model_.ids.begin() + at);
    model_.branches.erase(model_.branches.begin() + at);
    if (model_.current > branch) --model_.current;
  }

  void fold() {
    auto shown = split(talk_.active());
    if (shown.size() < 5) return;
    shown.resize(shown.size() - 2);
    if (shown.back()[0] == 'c') shown.pop_back();
    std::vector<std::string> chosen;
    bool isOutputChosen = false;
    for (const auto& name : shown) {
      bool isChosen = name[0] == 'o' ? isOutputChosen : below(3) > 0;
      isOutputChosen = name[0] == 'c' && isChosen;
      if (isChosen) chosen.push_back(name);
    }
    if (chosen.size() > 1) talk_.fold(textOf(chosen), "x" + std::to_string(++said_));
  }

  // One item of any branch that it is on.
  void removeSome() {
    auto from = split(talk_.active());
    if (from.empty()) return;
    auto name = from[below(from.size())];
    if (name[0] != 'u') return;
    sync(talk_.session->removeItems("c", {talk_.uidOf(name)}));
    for (auto& branch : model_.branches) std::erase(branch, name);
  }

  Talk talk_;
  Model model_;
  std::mt19937 random_;
  int said_ = 0;
};

}  // namespace

TEST_CASE_TEMPLATE("any sequence of forks, switches, pops, compactions and deletions leaves each branch what it is",
                   Kind, Memory, Sql) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Gardener gardener(Kind::open(), seed);
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      gardener.step();
      gardener.checkActive();
    }
    gardener.checkAll();
  }
}
