#include "agents/stores.h"
#include "support/sqlite_database.h"

#include <memory>

namespace {

struct SqlStores {
  static constexpr std::size_t Longest = 10'000'000;
  static std::unique_ptr<agents::Store> open() {
    return agents::makeSqlStore(std::make_shared<agents::testing::SqliteDatabase>(), {});
  }
};

using StoresUnderTest = SqlStores;

}  // namespace

#include "store_changes_suite.h"
#include "store_folds_suite.h"
#include "store_kept_suite.h"
#include "store_leases_suite.h"
#include "store_shelves_suite.h"
#include "store_suite.h"
