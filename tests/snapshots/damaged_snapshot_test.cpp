#include "support/account.hpp"
#include "support/byte_snapshot_store.hpp"
#include "support/memory_world.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/snapshots/snapshotting_repository.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id ada{"account", "ada"};

void flip(std::string& bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
}

}  // namespace

TEST_CASE("snapshots: one with any bit flipped changes no answer, and is dropped and counted when it is met") {
    memory_world world;
    byte_snapshot_store snapshots{ada};
    snapshotting_repository<account> writer{world.store, snapshots, every(5)};
    writer.handle("ada", open_account{"Ada"});
    for (int i = 2; i <= 7; ++i) writer.handle("ada", deposit_money{i, "salary"});
    REQUIRE(snapshots.rows.size() == 1);
    const std::string intact = snapshots.rows.front();
    const auto truth = repository<account>{world.store}.load("ada");
    const as_of questions[] = {latest{}, at_version{6}, at_position{5}, as_of_recorded{world.time.now()},
                               as_of_occurred{world.time.now()}};

    {
        const snapshotting_repository<account> reader{world.store, snapshots, every(5)};
        for (const as_of& when : questions) (void)reader.load("ada", when);
        REQUIRE(reader.counters().used == std::size(questions));
    }
    for (std::size_t bit = 0; bit < intact.size() * 8; ++bit) {
        CAPTURE(bit);
        for (const as_of& when : questions) {
            snapshots.rows = {intact};
            flip(snapshots.rows.front(), bit);
            const snapshotting_repository<account> reader{world.store, snapshots, every(5)};
            const auto expected = repository<account>{world.store}.load("ada", when);
            const auto then = reader.load("ada", when);
            REQUIRE(then.state == expected.state);
            REQUIRE(then.version == expected.version);
            REQUIRE(reader.counters().used == 0);
            // A number that was flipped may hide the snapshot from a question about the past; never from the present.
            if (std::holds_alternative<latest>(when)) {
                REQUIRE(reader.counters().dropped_damaged == 1);
                REQUIRE(snapshots.rows.empty());
            }
        }
    }
    CHECK(truth.state.balance_minor == 27);
}

TEST_CASE("snapshots: one that was cut short, emptied or overwritten is never used") {
    memory_world world;
    byte_snapshot_store snapshots{ada};
    snapshotting_repository<account> accounts{world.store, snapshots, every(2)};
    accounts.handle("ada", open_account{"Ada"});
    accounts.handle("ada", deposit_money{3, "salary"});
    const std::string intact = snapshots.rows.front();
    const std::size_t numbers = 6 * sizeof(std::int64_t);
    for (std::size_t length = numbers; length < intact.size(); ++length) {
        CAPTURE(length);
        snapshots.rows = {intact.substr(0, length)};
        REQUIRE(accounts.load("ada").state.balance_minor == 3);
        REQUIRE(snapshots.rows.empty());
    }
    snapshots.rows = {intact + '\0'};
    CHECK(accounts.load("ada").state.balance_minor == 3);
    CHECK(snapshots.rows.empty());
    CHECK(accounts.counters().used == 0);
}
