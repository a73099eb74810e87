#include "support/account_upcasters.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// A store with withdrawals of version 1, and a projection that knows version 2 only.
struct withdrawals {
    withdrawals() {
        sums.table("sums", "create table sums (stream text, amount_minor integer) strict");
        sums.on([](const bank::v2::MoneyWithdrawn& withdrawn, const event_view& event, sql_session& rows) {
            rows.execute("insert into sums values (?1, ?2)", event.stream.to_string(), withdrawn.amount_minor());
        });
        bank::v1::MoneyWithdrawn old;
        old.set_amount_major(7);
        open({});
        append(testing::old_event(old));
        append(testing::old_event(old));
        close();
    }

    sqlite::sqlite_event_store& open(sqlite::event_store_options options) {
        file.emplace(folder / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        return store.emplace(*file, time, ids, std::move(options));
    }
    void close() {
        store.reset();
        file.reset();
    }
    void append(event_data event) {
        (void)store->append(append_request::to({"account", "1"}, expected_version::any(), {std::move(event)}));
    }
    [[nodiscard]] std::string rows() const {
        std::string found;
        store->read_inline([&](sql_session& rows) {
            rows.each_row("select stream, amount_minor from sums order by rowid", [&](const sql_row& row) {
                found += std::string(row.text(0)) + " " + std::to_string(row.integer(1)) + "; ";
            });
        });
        return found;
    }

    scratch_folder folder;
    testing::manual_clock time;
    testing::sequential_ids ids;
    sql_projection sums{"sums", 1};
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

}  // namespace

TEST_CASE("inline projection: it is built of old events as the upcasters make them") {
    withdrawals world;
    {
        upcaster_chain chain = account_upcasters();
        chain.rename_category("account", "ledger");  // an append would not know the new name
        (void)world.open({.inline_projections = {&world.sums}, .upcasters = &chain});
    }
    CHECK(world.rows() == "account-1 700; account-1 700; ");
    bank::v2::MoneyWithdrawn withdrawn;
    withdrawn.set_amount_minor(30);
    world.append(to_event(withdrawn));
    CHECK(world.rows() == "account-1 700; account-1 700; account-1 30; ");
    // What is built stays as it is.
    world.close();
    (void)world.open({.inline_projections = {&world.sums}});
    CHECK(world.rows() == "account-1 700; account-1 700; account-1 30; ");
}

TEST_CASE("inline projection: without upcasters an old event that it knows in another version is no wrong row") {
    withdrawals world;
    CHECK_THROWS_AS((void)world.open({.inline_projections = {&world.sums}}), event_failure);
}
