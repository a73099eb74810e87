#include "support/account.hpp"
#include "support/account_upcasters.hpp"
#include "support/memory_world.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/snapshots/memory_snapshot_store.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

TEST_SUITE("threads") {
    using namespace foldline;
    using namespace foldline_tests;

    TEST_CASE("snapshots: threads that share a repository over an upcasting store lose and invent nothing") {
        memory_world world;
        bank::v1::MoneyDeposited deposited;
        deposited.set_amount_minor(100'000);
        bank::v1::MoneyWithdrawn withdrawn_long_ago;
        withdrawn_long_ago.set_amount_major(1);
        const stream_id ada{"account", "ada"};
        append_to(world.store, ada, {}, bank::v1::AccountOpened{}, deposited);
        (void)world.store.append(
            append_request::to(ada, expected_version::any(), {testing::old_event(withdrawn_long_ago)}));

        upcasting_event_store store{world.store, account_upcasters()};
        memory_snapshot_store snapshots;
        snapshotting_repository<account> accounts{store, snapshots, every(7), {.attempts = 1000}};
        std::atomic<std::int64_t> withdrawn = 100;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&] {
                    for (int amount = 1; amount <= 50; ++amount) {
                        if (std::holds_alternative<accepted>(accounts.handle("ada", withdraw_money{amount, {}})))
                            withdrawn += amount;
                        (void)accounts.load("ada", at_version{amount});
                    }
                });
        }
        const auto now = repository<account>{store}.load("ada");
        CHECK(now.state.balance_minor == 100'000 - withdrawn);
        CHECK(now.version == stream_version{203});
        CHECK(accounts.load("ada").state == now.state);
        CHECK(accounts.counters().used > 0);
        CHECK(accounts.counters().dropped_damaged + accounts.counters().dropped_outdated == 0);
    }
}
