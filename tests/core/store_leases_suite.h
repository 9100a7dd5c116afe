// What every store promises about leases. See `store_suite.h`.

#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace {

using namespace agents;
using namespace agents::testing;

constexpr std::int64_t Minute = 60'000;

Applied hold(Store& store, std::string holder, std::int64_t ms = Minute, bool force = false) {
  return edit1(store, "c", edit::Hold{std::move(holder), ms, force});
}

bool refused(Store& store, std::string holder) {
  return codeOf([&] { hold(store, std::move(holder)); }) == ErrorCode::SessionConflict;
}

std::optional<Lease> leaseOf(Store& store) { return read(store, shelvesOf("c")).lease; }

// A change of one item, by somebody who holds the lease.
Change heldChange(std::string opId, std::string holder) {
  Change change{std::move(opId), std::nullopt, std::move(holder)};
  change.edits.push_back(appending({user("held")}));
  return change;
}

TEST_CASE_TEMPLATE("a lease keeps others out and tells who has it and for how long", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  CHECK_FALSE(leaseOf(*store));
  hold(*store, "first");
  auto lease = leaseOf(*store);
  REQUIRE(lease);
  CHECK(lease->holder == "first");
  CHECK(lease->msLeft > 0);
  CHECK(lease->msLeft <= Minute);
  CHECK(refused(*store, "second"));
  CHECK(leaseOf(*store)->holder == "first");
  CHECK_FALSE(read(*store, {"c"}).lease);
}

TEST_CASE_TEMPLATE("the lease of one conversation is none of another", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  append(*store, "d", {user("one")});
  hold(*store, "first");
  edit1(*store, "d", edit::Hold{"second", Minute});
  CHECK(leaseOf(*store)->holder == "first");
  CHECK(read(*store, shelvesOf("d")).lease->holder == "second");
}

TEST_CASE_TEMPLATE("a holder renews the lease for the time of the last call", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  hold(*store, "first", 10 * Minute);
  hold(*store, "first", Minute);
  CHECK(leaseOf(*store)->msLeft <= Minute);
  hold(*store, "first", 10 * Minute);
  CHECK(leaseOf(*store)->msLeft > Minute);
}

TEST_CASE_TEMPLATE("a lease that has run out is there for the next one, and its holder's until then", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  hold(*store, "first", 1);
  while (leaseOf(*store)->msLeft > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(leaseOf(*store)->holder == "first");
  apply(*store, "c", heldChange("late", "first"));
  hold(*store, "second");
  CHECK(leaseOf(*store)->holder == "second");
  CHECK(refused(*store, "first"));
}

TEST_CASE_TEMPLATE("a lease can be taken by force", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  hold(*store, "first");
  hold(*store, "second", Minute, true);
  CHECK(leaseOf(*store)->holder == "second");
  CHECK(refused(*store, "first"));
}

TEST_CASE_TEMPLATE("only its holder gives a lease up", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  hold(*store, "first");
  edit1(*store, "c", edit::Release{"second"});
  CHECK(leaseOf(*store)->holder == "first");
  edit1(*store, "c", edit::Release{"first"});
  CHECK_FALSE(leaseOf(*store));
  hold(*store, "second");
  edit1(*store, "nobody", edit::Release{"first"});
}

TEST_CASE_TEMPLATE("a change that another holder's lease refuses changes nothing", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  hold(*store, "first");
  auto before = read(*store, {"c"}).version;
  Change change{"mixed"};
  change.edits.push_back(appending({user("two")}));
  change.edits.push_back(edit::Release{"first"});
  change.edits.push_back(edit::Hold{"second", Minute});
  CHECK(codeOf([&] { apply(*store, "c", change); }) == ErrorCode::SessionConflict);
  CHECK(messageOf([&] { apply(*store, "c", change); }) == "Another run holds the conversation.");
  CHECK(read(*store, {"c"}).version == before);
  CHECK(history(*store, "c") == user("one"));
  CHECK(leaseOf(*store)->holder == "first");
  edit1(*store, "c", edit::Release{"first"});
  CHECK_FALSE(apply(*store, "c", change).repeated);
  CHECK(leaseOf(*store)->holder == "second");
}

TEST_CASE_TEMPLATE("a change in a holder's name is refused when another one has the lease, or nobody", Stores,
                   StoresUnderTest) {
  auto store = Stores::open();
  auto code = [&](std::string opId, std::string holder) {
    return codeOf([&] { apply(*store, "c", heldChange(std::move(opId), std::move(holder))); });
  };
  CHECK(code("x0", "first") == ErrorCode::SessionConflict);
  append(*store, "c", {user("one")});
  CHECK(code("x1", "first") == ErrorCode::SessionConflict);
  hold(*store, "first");
  CHECK_FALSE(code("x2", "first"));
  CHECK(code("x3", "second") == ErrorCode::SessionConflict);
  hold(*store, "second", Minute, true);
  CHECK(code("x4", "first") == ErrorCode::SessionConflict);
  CHECK_FALSE(code("x2", "first"));
  CHECK(history(*store, "c") == joined({user("one"), user("held")}));
}

TEST_CASE_TEMPLATE("a change says which of its conditions did not hold", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  append(*store, "c", {user("two")});
  hold(*store, "first");
  auto change = heldChange("x", "second");
  change.expectVersion = read(*store, {"c"}).version;
  CHECK(messageOf([&] { apply(*store, "c", change); }) == "Another run holds the conversation.");
  change.heldBy = "first";
  change.expectVersion = version;
  CHECK(messageOf([&] { apply(*store, "c", change); }) == "The conversation changed since it was read.");
}

TEST_CASE_TEMPLATE("a lease changes neither the version nor the time of the conversation", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  auto updated = list(*store).conversations[0].updatedAt;
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  CHECK(hold(*store, "first").version == version);
  CHECK(edit1(*store, "c", edit::Release{"first"}).version == version);
  CHECK(read(*store, {"c"}).version == version);
  CHECK(list(*store).conversations[0].updatedAt == updated);
}

TEST_CASE_TEMPLATE("a conversation that is not there has no lease, and a lease makes none", Stores, StoresUnderTest) {
  auto store = Stores::open();
  hold(*store, "first");
  CHECK_FALSE(leaseOf(*store));
  CHECK(list(*store).conversations.empty());
  Change change{"before"};
  change.edits.push_back(edit::Hold{"first", Minute});
  change.edits.push_back(appending({user("one")}));
  apply(*store, "c", change);
  CHECK_FALSE(leaseOf(*store));
  edit1(*store, "c", edit::Delete{});
  Change behind{"behind"};
  behind.edits.push_back(edit::Note{"run", "{}"});
  behind.edits.push_back(edit::Hold{"first", Minute});
  apply(*store, "c", behind);
  CHECK(leaseOf(*store)->holder == "first");
}

TEST_CASE_TEMPLATE("clear and delete end the lease", Stores, StoresUnderTest) {
  auto store = Stores::open();
  for (Edit last : {Edit(edit::Clear{}), Edit(edit::Delete{})}) {
    append(*store, "c", {user("one")});
    hold(*store, "first");
    edit1(*store, "c", last);
    CHECK_FALSE(leaseOf(*store));
    append(*store, "c", {user("two")});
    CHECK_FALSE(leaseOf(*store));
    CHECK(codeOf([&] { apply(*store, "c", heldChange("late", "first")); }) == ErrorCode::SessionConflict);
    hold(*store, "second");
    edit1(*store, "c", edit::Release{"second"});
  }
}

TEST_CASE_TEMPLATE("a change that only holds or releases needs no operation id", Stores, StoresUnderTest) {
  auto store = Stores::open();
  auto version = append(*store, "c", {user("one")}).version;
  auto send = [&](Edit edit, std::optional<std::string> heldBy = {}, std::optional<std::string> expected = {}) {
    Change change{"", std::move(expected), std::move(heldBy)};
    change.edits.push_back(std::move(edit));
    return codeOf([&] {
      auto applied = apply(*store, "c", change);
      CHECK_FALSE(applied.repeated);
      CHECK(applied.version == version);
    });
  };
  for (int i = 0; i < 2; ++i) CHECK_FALSE(send(edit::Hold{"first", Minute}));
  CHECK(send(edit::Hold{"second", Minute}) == ErrorCode::SessionConflict);
  CHECK(send(edit::Hold{"second", Minute, true}, "third") == ErrorCode::SessionConflict);
  CHECK(send(edit::Hold{"first", Minute}, "first", "of another time") == ErrorCode::SessionConflict);
  CHECK_FALSE(send(edit::Hold{"first", Minute}, "first", version));
  CHECK(leaseOf(*store)->holder == "first");
  for (int i = 0; i < 2; ++i) CHECK_FALSE(send(edit::Release{"first"}));
  CHECK(send(edit::Release{"first"}, "first") == ErrorCode::SessionConflict);
  CHECK_FALSE(leaseOf(*store));
}

TEST_CASE_TEMPLATE("a hold that is sent twice under one operation id takes effect once", Stores, StoresUnderTest) {
  auto store = Stores::open();
  append(*store, "c", {user("one")});
  Change change{"hold"};
  change.edits.push_back(edit::Hold{"first", Minute});
  CHECK_FALSE(apply(*store, "c", change).repeated);
  edit1(*store, "c", edit::Release{"first"});
  hold(*store, "second");
  CHECK(apply(*store, "c", change).repeated);
  CHECK(leaseOf(*store)->holder == "second");
}

}  // namespace
