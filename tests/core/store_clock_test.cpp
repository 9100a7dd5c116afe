#include "agents/stores.h"
#include "support/sqlite_database.h"
#include "support/store_calls.h"

#include <doctest/doctest.h>

#include <memory>

using namespace agents;
using namespace agents::testing;

namespace {

constexpr std::int64_t Minute = 60'000;

// A lease of ten minutes in a database whose clock was set back since it was taken.
struct SetBack {
  explicit SetBack(std::int64_t ms) {
    append(*store, "c", {user("one")});
    edit1(*store, "c", edit::Hold{"first", 10 * Minute});
    database->run("UPDATE agents_wasm_agent_messages_leases SET since = since + ?1", {ms});
  }

  std::int64_t msLeft() { return read(*store, shelvesOf("c")).lease->msLeft; }
  bool isFree() {
    return !codeOf([&] { edit1(*store, "c", edit::Hold{"second", Minute}); });
  }

  std::shared_ptr<SqliteDatabase> database = std::make_shared<SqliteDatabase>();
  std::unique_ptr<Store> store = makeSqlStore(database, {});
};

}  // namespace

TEST_CASE("a clock that goes back by little leaves a lease in force, and no longer than was asked for") {
  SetBack lease(Minute);
  CHECK(lease.msLeft() > 8 * Minute);
  CHECK(lease.msLeft() <= 10 * Minute);
  CHECK_FALSE(lease.isFree());
}

TEST_CASE("a clock that goes back by more than a lease is long ends it") {
  for (std::int64_t ms : {11 * Minute, 100'000 * Minute}) {
    SetBack lease(ms);
    CHECK(lease.msLeft() == 0);
    CHECK(lease.isFree());
  }
}

TEST_CASE("a holder who renews after the clock went back has the whole time") {
  SetBack lease(100'000 * Minute);
  edit1(*lease.store, "c", edit::Hold{"first", 10 * Minute});
  CHECK(lease.msLeft() > 9 * Minute);
  CHECK_FALSE(lease.isFree());
}

TEST_CASE("the time of a lease passes by the database's clock") {
  SetBack lease(-9 * Minute);
  CHECK(lease.msLeft() <= Minute);
  CHECK(lease.msLeft() > 0);
  CHECK_FALSE(lease.isFree());
  CHECK(SetBack(-10 * Minute).isFree());
}
