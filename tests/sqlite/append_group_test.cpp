// Appends that share a transaction: what becomes of one must not show in another.

#include "support/scratch_folder.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>
#include <variant>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Refuses deposits of nothing.
sql_projection choosy() {
    sql_projection made{"choosy", 1};
    made.table("seen", "create table seen (stream text not null) strict");
    made.on([](const bank::v1::MoneyDeposited& deposit, const event_view& event, sql_session& rows) {
        rows.execute("insert into seen values (?1)", event.stream.to_string());
        if (deposit.amount_minor() == 0) throw std::runtime_error("nothing was deposited");
    });
    return made;
}

append_request deposit(std::int64_t amount, std::int64_t at) {
    bank::v1::MoneyDeposited event;
    event.set_amount_minor(amount);
    return append_request::to({"account", "1"}, expected_version::exactly(stream_version{at}), {to_event(event)});
}

/// Goes well with the first stream, and is refused at the second.
append_request refused_deposit(std::int64_t at) {
    append_request request = deposit(5, at);
    request.writes.push_back({{"account", "2"}, expected_version::any(), {to_event(bank::v1::MoneyDeposited{})}});
    return request;
}

}  // namespace

TEST_CASE("append group: one that a projection refuses leaves no trace for those behind it") {
    const scratch_folder folder;
    const system_clock clock;
    uuid_v7_source ids{clock};
    sql_projection projection = choosy();
    sqlite::database file{folder / "store.db"};
    sqlite::sqlite_event_store store{file, clock, ids, {.inline_projections = {&projection}}};

    const std::array requests{refused_deposit(0), deposit(7, 0), refused_deposit(1), deposit(8, 1), deposit(9, 1)};
    std::array<append_attempt, requests.size()> attempts;
    for (std::size_t i = 0; i < requests.size(); ++i) attempts[i].request = &requests[i];
    store.append_group(attempts);

    CHECK(attempts[0].failure);
    CHECK(attempts[2].failure);
    REQUIRE(attempts[1].result);
    REQUIRE(std::holds_alternative<appended>(*attempts[1].result));
    CHECK(std::get<appended>(*attempts[1].result).version == stream_version{1});
    REQUIRE(attempts[3].result);
    REQUIRE(std::holds_alternative<appended>(*attempts[3].result));
    CHECK(std::get<appended>(*attempts[3].result).position == global_position{2});
    REQUIRE(attempts[4].result);
    REQUIRE(std::holds_alternative<version_conflict>(*attempts[4].result));
    CHECK(std::get<version_conflict>(*attempts[4].result).actual == stream_version{2});
    CHECK(store.head() == global_position{2});
}
