#include "support/account.hpp"
#include "support/memory_world.hpp"

#include <foldline/snapshots/memory_snapshot_store.hpp>

#include <doctest/doctest.h>

using namespace foldline;
using namespace foldline_tests;

TEST_CASE("snapshots: the example of the README takes them") {
    memory_world world;
    auto& store = world.store;

    // [doc:repository]
    memory_snapshot_store snapshots;  // or the one of a backend
    snapshotting_repository<account> accounts{store, snapshots, every(100).keeping(4)};
    accounts.handle("1234", open_account{"Ada"});  // as with any repository
    // [doc:end]

    for (int i = 0; i < 100; ++i) accounts.handle("1234", deposit_money{1, {}});
    CHECK(accounts.counters().taken == 1);
}
