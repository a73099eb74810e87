// Rebuilds that do more, or less, than putting one projection's rows in the place of the present ones.

#include "support/projecting.hpp"
#include "support/sales.hpp"
#include "support/spying_event_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/eventstore/bounded_event_store.hpp>

#include <doctest/doctest.h>

#include <array>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

global_position at(std::int64_t position) { return global_position{position}; }

sql_projection returns_projection() {
    sql_projection returns{"returns", 1};
    returns.table("returns", "create table returns (position integer primary key, units integer not null)");
    returns.on([](const sales::v1::ItemReturned& event, const event_view& view, sql_session& rows) {
        rows.execute("insert into returns values (?1, ?2)", view.position.value, event.units());
    });
    return returns;
}

void spoil_sales(read_model_store& models) {
    const partition_claim claim = claim_of(models, "sales");
    const auto session = models.begin({&claim, 1});
    session->execute("update sales set units = units + 1 where country = 'EIRE'");
    session->execute("delete from sales_journal where position = 4");
    session->commit(claim.position, {});
}

/// The units sold by till, and nothing that two tills share, so that one can be made anew.
sql_projection tills_of(int& broken_at) {
    sql_projection tills{"tills", 1};
    tills.table("tills", "create table tills (till text primary key, units integer not null) strict");
    tills.on([&broken_at](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
        if (view.position.value == broken_at) throw std::runtime_error("no paper");
        rows.execute("insert into tills values (?1, ?2) on conflict (till) do update set units = units + ?2",
                     view.stream.to_string(), event.units());
    });
    tills.erase_key_by(
        [](std::string_view key, sql_session& rows) { rows.execute("delete from tills where till = ?1", key); });
    return tills;
}

}  // namespace

TEST_CASE("rebuild: several projections in one pass read every event once, and all of them are good") {
    memory_world world;
    append_sales(world.store, 50);
    model_file file;
    auto sales = sales_projection();
    auto returns = returns_projection();
    projector{world.store, file.models(), sales}.catch_up();
    projector{world.store, file.models(), returns}.catch_up();
    const auto expected = rows_of(file.models(), "select * from returns");
    spoil_sales(file.models());

    const spying_event_store watched{world.store};
    const std::array<projection*, 2> both{&sales, &returns};
    rebuild(watched, file.models(), both, reporting({}, 7));
    CHECK(watched.events_read == 50);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    CHECK(rows_of(file.models(), "select * from returns") == expected);
    CHECK(position_of(file.models(), "returns") == at(50));
}

TEST_CASE("rebuild: it tells how fast it is and how long it will take, and keeps to an effort that makes sense") {
    memory_world world;
    append_sales(world.store, 20);
    model_file file;
    auto sales = sales_projection();
    bool said_left = false;
    auto options = reporting(
        [&](const rebuild_progress& now) {
            if (!now.left) return;
            said_left = true;
            CHECK(now.rate > 0);
            CHECK(now.left->count() >= 0);
        },
        5);
    options.effort = 0.9;
    rebuild(world.store, file.models(), sales, options);
    CHECK(said_left);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    for (const double effort : {0.0, -1.0, 1.5}) {
        options.effort = effort;
        CHECK_THROWS_AS(rebuild(world.store, file.models(), sales, options), invalid_request);
    }
}

TEST_CASE("rebuild: a handler with an effect outside the rows is not called, and then it is again") {
    memory_world world;
    append_sales(world.store, 10);
    model_file file;
    int mails = 0;
    auto sales = returns_projection();
    sales.on_live([&](const sales::v1::TillOpened&, const event_view&, sql_session&) { ++mails; });
    projector{world.store, file.models(), sales}.catch_up();
    CHECK(mails == 2);
    rebuild(world.store, file.models(), sales);
    CHECK(verify_rows(world.store, file.models(), sales, [](const row_difference&) {}) == 0);
    CHECK(mails == 2);
    append_sales(world.store, 5);
    projector{world.store, file.models(), sales}.catch_up();
    CHECK(mails == 3);
}

TEST_CASE("verify rows: what differs is told with its table and side, and nothing is changed") {
    memory_world world;
    append_sales(world.store, 12);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    CHECK(verify_rows(world.store, file.models(), sales, [](const row_difference&) { FAIL("nothing differs"); }) == 0);

    spoil_sales(file.models());
    const auto spoiled = sales_rows(file.models());
    append_sales(world.store, 7);  // not in the rows yet, and so not missing
    int only_present = 0;
    int only_rebuilt = 0;
    bool named = false;
    const std::uint64_t differences =
        verify_rows(world.store, file.models(), sales, [&](const row_difference& difference) {
            ++(difference.where == row_difference::side::only_present ? only_present : only_rebuilt);
            named = named || difference.table == "sales_journal";
            CHECK(difference.columns.size() == difference.values.size());
        });
    CHECK(differences == 3);
    CHECK(only_present == 1);
    CHECK(only_rebuilt == 2);
    CHECK(named);
    CHECK(sales_rows(file.models()) == spoiled);
    CHECK(position_of(file.models(), "sales") == at(12));
}

TEST_CASE("rebuild key: the rows of one stream are made anew, and those of no other") {
    memory_world world;
    append_sales(world.store, 30);
    model_file file;
    int broken_at = 0;
    auto tills = tills_of(broken_at);
    projector{world.store, file.models(), tills}.catch_up();
    const auto expected = rows_of(file.models(), "select * from tills order by 1");
    const partition_claim claim = claim_of(file.models(), "tills");
    {
        const auto session = file.models().begin({&claim, 1});
        session->execute("update tills set units = 0");
        session->commit(claim.position, {});
    }
    append_sales(world.store, 4);  // beyond where the rows stand
    rebuild_key(world.store, file.models(), tills, "till-2");
    CHECK(rows_of(file.models(), "select units from tills where till = 'till-1'") == std::vector<std::string>{"0"});
    CHECK(expected.at(2) == rows_of(file.models(), "select * from tills where till = 'till-2'").at(0));
    CHECK(position_of(file.models(), "tills") == at(30));
    CHECK_THROWS_AS(file.models().begin({&claim, 1})->commit(at(31), {}), claim_lost);
}

TEST_CASE("rebuild key: what was parked under the key is applied with the rest, or nothing is changed") {
    memory_world world;
    append_sales(world.store, 30);
    model_file file;
    int broken_at = 6;
    auto tills = tills_of(broken_at);
    projector_options options;
    options.on_failure = error_policy::park_at_once();
    projector{world.store, file.models(), tills, options}.catch_up();
    const auto before = rows_of(file.models(), "select * from tills order by 1");
    REQUIRE(file.models().dead_letters().count("tills").failed == 1);

    CHECK_THROWS_AS(rebuild_key(world.store, file.models(), tills, "till-2"), event_failure);
    CHECK(rows_of(file.models(), "select * from tills order by 1") == before);
    CHECK(file.models().dead_letters().count("tills").failed == 1);

    broken_at = 0;
    rebuild_key(world.store, file.models(), tills, "till-2");
    CHECK(file.models().dead_letters().count("tills").keys == 0);
    model_file fresh;
    projector{world.store, fresh.models(), tills}.catch_up();
    CHECK(rows_of(file.models(), "select * from tills order by 1") ==
          rows_of(fresh.models(), "select * from tills order by 1"));
}

TEST_CASE("rebuild key: a projection that cannot tell whose rows are whose says so, and keeps them") {
    memory_world world;
    append_sales(world.store, 5);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    CHECK_THROWS_AS(rebuild_key(world.store, file.models(), sales, "till-1"), definition_error);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("as it was: a read model is projected from a store that ended at a position") {
    memory_world world;
    append_sales(world.store, 9);
    model_file then;
    auto sales = sales_projection();
    projector{world.store, then.models(), sales}.catch_up();
    append_sales(world.store, 30);

    const bounded_event_store past{world.store, at(9)};
    CHECK(sales_rows(then.models()) == fresh_sales_rows(past));
    CHECK(fresh_sales_rows(world.store) != fresh_sales_rows(past));
}
