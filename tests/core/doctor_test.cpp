#include "agents/doctor.h"
#include "agents/random.h"
#include "agents/stores.h"
#include "support/conversation.h"
#include "support/short_items.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

using namespace agents;
using namespace agents::testing;

namespace {

struct Patient {
  explicit Patient(const std::string& names) {
    auto made = makeMemoryStore();
    store = made.get();
    appendShort(*store, "c", names);
    session = std::make_shared<StoreSession>(SessionParts{std::move(made)});
  }

  DoctorReport see(Repair repair) { return sync(examine(session, "c", repair)); }

  // Every finding as its kind and the item that it is about.
  std::string found() {
    auto names = split(shortHistory(*store, "c"));
    auto all = uids(*store, "c");
    std::string told;
    for (const auto& finding : see(Repair::No).findings) {
      CHECK_FALSE(finding.repaired);
      auto place = std::find(all.begin(), all.end(), finding.uids.at(0)) - all.begin();
      told += (told.empty() ? "" : ", ") + std::string(kindName(finding.kind)) + " " +
              names.at(static_cast<std::size_t>(place));
    }
    return told;
  }

  Store* store = nullptr;
  std::shared_ptr<StoreSession> session;
};

std::string found(const std::string& names) { return Patient(names).found(); }

// What a repair leaves, and behind a bar what it moved.
std::string repaired(const std::string& names) {
  Patient patient(names);
  auto report = patient.see(Repair::Yes);
  for (const auto& finding : report.findings) CHECK(finding.repaired);
  CHECK(patient.see(Repair::No).findings.empty());
  auto left = shortHistory(*patient.store, "c");
  if (report.shelf.empty()) return left;
  CHECK(report.shelf.starts_with("doctor:2"));
  return left + " | " + shortHistory(*patient.store, "c", report.shelf);
}

std::string randomNames(std::mt19937& random) {
  static const std::string Kinds = "uuaarrccccooookpwx";
  std::string names;
  for (auto left = random() % 14; left > 0; --left) {
    names += (names.empty() ? "" : " ") + std::string(1, Kinds[random() % Kinds.size()]) + std::to_string(random() % 4);
  }
  return names;
}

// The rules of a provider, told once more: the first that is broken, or nothing.
std::string brokenRule(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto kind = names[i][0];
    auto id = names[i].substr(1);
    bool named = std::string("rwxcokp").find(kind) != std::string::npos;
    if (named && !seen.insert(names[i]).second) return "twice: " + names[i];
    if (kind == 'o' && !seen.contains("c" + id)) return "no call: " + names[i];
    if (kind == 'p' && !seen.contains("k" + id)) return "no call: " + names[i];
    auto answer = (kind == 'c' ? "o" : "p") + id;
    bool answered = std::find(names.begin() + static_cast<std::ptrdiff_t>(i), names.end(), answer) != names.end();
    if ((kind == 'c' || kind == 'k') && !answered) return "no output: " + names[i];
    bool follows = i + 1 < names.size() && std::string("uop").find(names[i + 1][0]) == std::string::npos;
    if (kind == 'r' && !follows) return "leads nowhere: " + names[i];
  }
  return {};
}

}  // namespace

TEST_CASE("a history that a provider takes has no findings") {
  for (auto names :
       {"", "u1 a1", "u1 r1 c1 c2 o2 o1 r2 a1", "x1 u1 a1", "u1 r1 w1 w2 a1 u2", "c1 u1 o1", "k1 c1 o1 p1"}) {
    CHECK(found(names) == "");
    CHECK(repaired(names) == names);
  }
  Patient patient("");
  append(*patient.store, "c",
         {R"({"type":"item_reference","id":"msg_1"})", R"({"type":"item_reference","id":"msg_1"})",
          R"({"role":"assistant","content":"a","id":"__fake_id__"})",
          R"({"role":"assistant","content":"b","id":"__fake_id__"})", R"({"role":"user","content":"c","id":""})",
          R"({"role":"user","content":"d","id":""})", R"({"type":"local_shell_call","id":"lsh_1","call_id":"1"})",
          R"({"type":"local_shell_call_output","id":"1","output":"x"})", "{}"});
  CHECK(patient.see(Repair::Yes).findings.empty());
}

TEST_CASE("orphans are found, on either side") {
  CHECK(found("u1 c1 u2") == "orphan_call c1");
  CHECK(found("u1 o1 u2") == "orphan_output o1");
  CHECK(found("o1 c1 u1") == "orphan_output o1, orphan_call c1");
  CHECK(found("c1 p1 u1") == "orphan_output p1, orphan_call c1");
  CHECK(repaired("u1 c1 u2") == "u1 u2 | c1");
  CHECK(repaired("u1 r1 c1 c2 o2 a1 u2") == "u1 r1 c2 o2 a1 u2 | c1");
  CHECK(repaired("u1 r1 c1 u2") == "u1 u2 | r1 c1");
  CHECK(repaired("u1 o1 u2") == "u1 u2 | o1");
}

TEST_CASE("calls at the very end are answered, and those that words cannot answer move aside") {
  CHECK(found("u1 c1") == "orphan_call c1");
  CHECK(repaired("u1 r1 c1") == "u1 r1 c1 o1");
  CHECK(repaired("u1 c1 c2 o2") == "u1 c1 c2 o2 o1");
  CHECK(repaired("u1 c1 c2") == "u1 c1 c2 o1 o2");
  CHECK(repaired("u1 k1") == "u1 | k1");
  CHECK(repaired("u1 c1 a1") == "u1 a1 | c1");
  Patient patient("c1");
  patient.see(Repair::Yes);
  CHECK(history(*patient.store, "c").ends_with(R"({"type":"function_call_output","call_id":"1","output":"aborted"})"));
}

TEST_CASE("duplicates are found, and the first one stays") {
  CHECK(found("c1 o1 c1 o1") == "duplicate c1, duplicate o1");
  CHECK(repaired("c1 o1 c1 o1 u1") == "c1 o1 u1 | c1 o1");
  CHECK(repaired("c1 c1 o1 u1") == "c1 o1 u1 | c1");
  CHECK(repaired("c1 o1 o1 u1") == "c1 o1 u1 | o1");
  CHECK(found("w1 a1 w1") == "duplicate w1");
  CHECK(repaired("u1 r1 a1 u1 r1 a1") == "u1 r1 a1 u1 | r1 a1");
}

TEST_CASE("reasoning without follower is found") {
  CHECK(found("u1 r1 u2") == "reasoning_without_follower r1");
  CHECK(found("u1 r1") == "reasoning_without_follower r1");
  CHECK(found("u1 r1 r2") == "reasoning_without_follower r1, reasoning_without_follower r2");
  CHECK(found("r1 x1") == "");
  CHECK(repaired("u1 c1 r1 o1 a1") == "u1 c1 o1 a1 | r1");
}

TEST_CASE("a call without an id of its own moves aside, and so does its output") {
  CHECK(repaired("u1 c o a1") == "u1 a1 | c o");
  CHECK(repaired("u1 c") == "u1 | c");
}

TEST_CASE("findings tell nothing of the conversation") {
  Patient patient("csecret osecret osecret rsecret usecret csecret2 upublic");
  for (const auto& finding : patient.see(Repair::No).findings) {
    CHECK(finding.message.find("secret") == std::string::npos);
    CHECK(finding.message.ends_with("."));
  }
}

TEST_CASE("after a repair every rule holds, nothing is lost, and what moved is whole") {
  std::mt19937 random(20261122);
  for (int round = 0; round < 4000; ++round) {
    auto names = randomNames(random);
    CAPTURE(names);
    Patient patient(names);
    bool clean = patient.see(Repair::No).findings.empty();
    CHECK(clean == brokenRule(split(names)).empty());
    auto report = patient.see(Repair::Yes);
    CHECK(report.items == split(names).size());
    auto left = split(shortHistory(*patient.store, "c"));
    REQUIRE(brokenRule(left) == "");
    REQUIRE(patient.see(Repair::No).findings.empty());
    std::map<std::string, int> balance;
    for (const auto& name : split(names)) --balance[name];
    for (const auto& name : left) ++balance[name];
    if (!report.shelf.empty()) {
      for (const auto& name : split(shortHistory(*patient.store, "c", report.shelf))) ++balance[name];
    }
    // An answer to a call at the end is the one thing that is more than before.
    for (const auto& [name, more] : balance) CHECK((more == 0 || (more == 1 && name[0] == 'o')));
  }
}

TEST_CASE("removals of a sound history leave a sound history") {
  std::mt19937 random(7);
  int sound = 0;
  for (int round = 0; round < 4000; ++round) {
    Patient patient(randomNames(random));
    patient.see(Repair::Yes);
    auto all = uids(*patient.store, "c");
    if (all.empty()) continue;
    ++sound;
    auto before = shortHistory(*patient.store, "c");
    CAPTURE(before);
    if (round % 2 == 0) {
      sync(patient.session->pop("c"));
    } else {
      sync(patient.session->removeItems("c", {all[random() % all.size()], all[random() % all.size()]}));
    }
    REQUIRE(brokenRule(split(shortHistory(*patient.store, "c"))) == "");
  }
  CHECK(sound > 2000);
}

TEST_CASE("a repair that meets another change looks again") {
  FakeHost host;
  std::shared_ptr<Store> store = makeMemoryStore();
  appendShort(*store, "c", "u1 c1");
  Process doctor(&host, store);
  Process writer(&host, store);
  Started<Done> saved(valued(writer.session->save("c", {{{}, itemsOf({item("o1")})}}, "op")));
  Started<DoctorReport> report(examine(doctor.session, "c", Repair::Yes));
  host.deliverAll();
  saved.result();
  CHECK(report.result().findings.empty());
  CHECK(shortHistory(*store, "c") == "u1 c1 o1");
}

TEST_CASE("a conversation that a run has is looked at, and not repaired") {
  Patient patient("u1 c1");
  edit1(*patient.store, "c", edit::Hold{"run", 60'000});
  CHECK(patient.found() == "orphan_call c1");
  CHECK(codeOf([&] { patient.see(Repair::Yes); }) == ErrorCode::ConversationBusy);
  CHECK(shortHistory(*patient.store, "c") == "u1 c1");
}
