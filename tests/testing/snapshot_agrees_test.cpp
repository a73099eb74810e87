#include <foldline/testing/snapshot_agrees.hpp>

#include "support/account.hpp"
#include "support/memory_world.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/snapshots/memory_snapshot_store.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;
using testing::snapshot_agrees;
using testing::spec_failure;

/// Forgets to save the notes.
struct forgetful_account : account {
    static snapshot save(const state& now) {
        snapshot saved = account::save(now);
        saved.clear_notes();
        return saved;
    }
    static state restore(const snapshot& saved) { return account::restore(saved); }
};

/// Restores another balance than it saved.
struct lying_account : account {
    static snapshot save(const state& now) { return account::save(now); }
    static state restore(const snapshot& saved) {
        state restored = account::restore(saved);
        restored.balance_minor += 1;
        return restored;
    }
};

template <class A>
std::string disagreement(int events = 7) {
    memory_world world;
    memory_snapshot_store snapshots;
    snapshotting_repository<A> accounts{world.store, snapshots, every(3).keeping(5)};
    accounts.handle("ada", open_account{"Ada"});
    for (int i = 2; i <= events; ++i) accounts.handle("ada", deposit_money{i, "salary"});
    try {
        const std::size_t compared = snapshot_agrees<A>(world.store, snapshots, "ada");
        CHECK(compared == 2);
    } catch (const spec_failure& failure) {
        return failure.what();
    }
    return {};
}

}  // namespace

TEST_CASE("snapshot_agrees: snapshots that say what a replay says pass, and are counted") {
    CHECK(disagreement<account>().empty());
}

TEST_CASE("snapshot_agrees: a field that `save` forgets is found by the state's operator==") {
    CHECK(disagreement<forgetful_account>() ==
          "a snapshot of account-ada disagrees with a full replay at version 6 (replayed -> snapshot):\n"
          "  the states differ in something that `save` does not write\n");
}

// Each snapshot is taken of a state that was folded from the one before, so the lies add up.
TEST_CASE("snapshot_agrees: a state that is restored otherwise than it was saved is shown field by field") {
    CHECK(disagreement<lying_account>().find("  modified: balance_minor: 20 -> 22\n") != std::string::npos);
}

TEST_CASE("snapshot_agrees: a snapshot that names the wrong place is found") {
    memory_world world;
    memory_snapshot_store snapshots;
    snapshotting_repository<account> accounts{world.store, snapshots, every(3)};
    accounts.handle("ada", open_account{"Ada"});
    accounts.handle("ada", deposit_money{5, {}});
    accounts.take_now("ada");
    snapshot moved = snapshots.nearest({{"account", "ada"}})->value;
    moved.progress.latest_occurred += std::chrono::hours{1};
    snapshots.save(moved, 1);
    CHECK_THROWS_AS(snapshot_agrees<account>(world.store, snapshots, "ada"), spec_failure);
}

TEST_CASE("snapshot_agrees: a stream without snapshots agrees") {
    memory_world world;
    memory_snapshot_store snapshots;
    CHECK(snapshot_agrees<account>(world.store, snapshots, "nobody") == 0);
}
