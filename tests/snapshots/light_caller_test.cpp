// Includes no generated header: whoever uses an aggregate whose repositories are instantiated elsewhere needs none.
#include "support/account.hpp"
#include "support/memory_world.hpp"

#include <foldline/snapshots/memory_snapshot_store.hpp>

#include <doctest/doctest.h>

#ifdef GOOGLE_PROTOBUF_INCLUDED_foldline_5ftests_2fbank_2fv1_2faccount_2eproto
#error "the generated header of the account's events came along"
#endif

TEST_CASE("snapshots: a caller of an aggregate compiles without the classes of its events") {
    foldline_tests::memory_world world;
    foldline::memory_snapshot_store snapshots;
    foldline::snapshotting_repository<foldline_tests::account> accounts{world.store, snapshots, foldline::every(1)};
    accounts.handle("ada", foldline_tests::open_account{"Ada"});
    CHECK(accounts.load("ada").state.owner == "Ada");
    CHECK(accounts.take_now("ada") == foldline::stream_version{1});
    CHECK(accounts.counters().taken == 2);
}
