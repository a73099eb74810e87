#include "support/projecting.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/rebuild.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id till_1{"till", "1"};

global_position at(std::int64_t position) { return global_position{position}; }

bool has_side_files(const model_file& file, const std::string& projection) {
    for (const char* part : {"", "-wal", "-shm", "-lock"})
        if (std::filesystem::exists(file.side_path(projection).string() + part)) return true;
    return false;
}

struct interrupted : std::runtime_error {
    interrupted() : std::runtime_error("somebody pulled the plug") {}
};

/// Spoils the rows in a way that only a rebuild mends.
void spoil(read_model_store& models, const projection& projection) {
    const partition_claim claim = claim_of(models, projection.name());
    const auto session = models.begin({&claim, 1});
    session->execute("update sales set units = units + 1");
    session->execute("delete from sales_journal where number % 2 = 0");
    session->commit(claim.position, {});
}

}  // namespace

TEST_CASE("rebuild: spoiled rows are made good, and nothing of the work stays behind") {
    memory_world world;
    append_sales(world.store, 10);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    spoil(file.models(), sales);
    REQUIRE(sales_rows(file.models()) != fresh_sales_rows(world.store));

    rebuild(world.store, file.models(), sales);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    CHECK(standing_of(file.models(), "sales") == standing{world.store.identity(), 1, at(10)});
    CHECK_FALSE(has_side_files(file, "sales"));
}

TEST_CASE("rebuild: of nothing, of no events, and twice, it gives the same") {
    memory_world world;
    model_file file;
    auto sales = sales_projection();
    rebuild(world.store, file.models(), sales);
    CHECK(standing_of(file.models(), "sales") == standing{world.store.identity(), 1, at(0)});

    append_sales(world.store, 8);
    for (int time = 1; time <= 2; ++time) {
        rebuild(world.store, file.models(), sales);
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
        CHECK(standing_of(file.models(), "sales")->position == at(8));
    }
}

TEST_CASE("rebuild: a raised version takes the place of the old one, tables that it no longer has included") {
    memory_world world;
    append_sales(world.store, 10);
    model_file file;
    auto old = sales_projection(1);
    projector{world.store, file.models(), old}.catch_up();

    sql_projection raised{"sales", 2};
    raised.table("sales",
                 "create table sales (country text primary key, sold integer not null, returned integer not null)");
    raised.table("tills", "create table tills (till text primary key) without rowid");
    raised.on([](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
        rows.execute("insert into sales values (?1, ?2, 0) on conflict do update set sold = sold + ?2", event.country(),
                     event.units());
        rows.execute("insert or ignore into tills values (?1)", view.stream.id);
    });
    projector projector{world.store, file.models(), raised, stopping()};
    CHECK_THROWS_AS(projector.run_batch(), definition_error);

    rebuild(world.store, file.models(), raised);
    CHECK(standing_of(file.models(), "sales") == standing{world.store.identity(), 2, at(10)});
    CHECK(rows_of(file.models(), "select sum(sold), sum(returned) from sales") == std::vector<std::string>{"29|0"});
    CHECK(rows_of(file.models(), "select group_concat(till, '') from tills") == std::vector<std::string>{"0123"});
    CHECK_THROWS_AS(rows_of(file.models(), "select * from sales_journal"), sql_error);

    append_sales(world.store, 1);
    projector.catch_up();
    CHECK(rows_of(file.models(), "select sum(sold) from sales") == std::vector<std::string>{"40"});
}

TEST_CASE("rebuild: the present rows serve until the new ones take their place") {
    memory_world world;
    append_sales(world.store, 9);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    spoil(file.models(), sales);
    const auto spoiled = sales_rows(file.models());

    int reports = 0;
    rebuild(world.store, file.models(), sales,
            reporting(
                [&](const rebuild_progress& progress) {
                    ++reports;
                    CHECK(progress.reached == at(std::min(2 * reports, 9)));
                    CHECK(progress.head == at(9));
                    CHECK(sales_rows(file.models()) == spoiled);
                },
                2));
    CHECK(reports == 5);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: stopped after any batch it goes on there, and the present rows are untouched until then") {
    constexpr int batches = 5;
    memory_world world;
    append_sales(world.store, 2 * batches);
    const auto expected = fresh_sales_rows(world.store);
    for (int stop = 1; stop <= batches; ++stop) {
        CAPTURE(stop);
        model_file file;
        auto sales = sales_projection();
        projector{world.store, file.models(), sales}.catch_up();
        spoil(file.models(), sales);
        const auto spoiled = sales_rows(file.models());

        int reports = 0;
        const auto interrupt = [&](const rebuild_progress&) {
            if (++reports == stop) throw interrupted{};
        };
        CHECK_THROWS_AS(rebuild(world.store, file.models(), sales, reporting(interrupt, 2)), interrupted);
        CHECK(sales_rows(file.models()) == spoiled);

        file.reopen();
        std::vector<std::int64_t> reached;
        rebuild(world.store, file.models(), sales,
                reporting([&](const rebuild_progress& progress) { reached.push_back(progress.reached.value); }, 2));
        CHECK(reached.front() == std::min(2 * (stop + 1), 2 * batches));
        CHECK(sales_rows(file.models()) == expected);
        CHECK_FALSE(has_side_files(file, "sales"));
    }
}

TEST_CASE("rebuild: what is appended meanwhile is in the new rows") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    auto sales = sales_projection();
    int reports = 0;
    rebuild(world.store, file.models(), sales,
            reporting(
                [&](const rebuild_progress&) {
                    if (++reports <= 3) append_sales(world.store, 3);
                },
                4));
    CHECK(standing_of(file.models(), "sales")->position == at(15));
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: the new rows stand no further back than the ones they replace") {
    memory_world world;
    append_sales(world.store, 4);
    model_file file;
    auto sales = sales_projection();
    auto live = sales_projection();
    projector following{world.store, file.models(), live};
    // At the last report everything is built; what follows is appended and projected before the swap.
    rebuild(world.store, file.models(), sales, reporting([&](const rebuild_progress&) {
                append_sales(world.store, 3);
                following.catch_up();
            }));
    CHECK(following.position() == at(7));
    CHECK(standing_of(file.models(), "sales")->position == at(7));
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: a projector that runs beside it goes on from the swapped checkpoint") {
    constexpr int events = 12;
    for (int pace = 1; pace <= 4; ++pace) {
        CAPTURE(pace);
        memory_world world;
        append_sales(world.store, events);
        model_file file;
        auto sales = sales_projection();
        auto live = sales_projection();
        projector following{world.store, file.models(), live, batches_of(1)};
        rebuild(world.store, file.models(), sales,
                reporting(
                    [&](const rebuild_progress&) {
                        for (int i = 0; i < pace; ++i) following.run_batch();
                        append_sales(world.store, 1);
                    },
                    3));
        CHECK(standing_of(file.models(), "sales")->position > following.position());
        following.catch_up();
        CHECK(following.position() == world.store.head());
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));

        append_sales(world.store, 5);
        following.catch_up();
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    }
}

TEST_CASE("rebuild: a projector that had nothing to do sees that a rebuild moved its checkpoint") {
    memory_world world;
    append_sales(world.store, 5);
    model_file file;
    auto sales = sales_projection();
    projector following{world.store, file.models(), sales};
    following.catch_up();
    file.models().create(sales, world.store.identity());  // the rows are back at 0, and the projector does not know
    following.catch_up();
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: what is left of another version, another history or other tables is begun anew") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    const auto stop_after_first = [](const rebuild_progress&) { throw interrupted{}; };
    const auto first_report = [&](projection& projection) {
        std::int64_t first = 0;
        CHECK_THROWS_AS(rebuild(world.store, file.models(), projection,
                                reporting(
                                    [&](const rebuild_progress& progress) {
                                        first = progress.reached.value;
                                        throw interrupted{};
                                    },
                                    2)),
                        interrupted);
        return first;
    };

    auto first = sales_projection(1);
    CHECK_THROWS_AS(rebuild(world.store, file.models(), first, reporting(stop_after_first, 2)), interrupted);
    CHECK(first_report(first) == 4);

    auto raised = sales_projection(2);
    CHECK(first_report(raised) == 2);
    CHECK(first_report(raised) == 4);

    sql_projection other_tables{"sales", 2};
    other_tables.table("sales", "create table sales (country text primary key)");
    CHECK(first_report(other_tables) == 2);
    CHECK(first_report(other_tables) == 4);

    memory_world stranger;
    (void)stranger.ids.next();  // so that its identity is another one
    append_sales(stranger.store, 2);
    rebuild(stranger.store, file.models(), other_tables);
    CHECK(standing_of(file.models(), "sales") == standing{stranger.store.identity(), 2, at(2)});
}

TEST_CASE("rebuild: it is what makes the rows of another store good") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    auto sales = sales_projection();
    file.models().create(sales, {store_id{uuid::from_name("another")}, history_id{uuid::from_name("another")}});
    begin_as_nobody(file.models(), "sales")->commit(at(1000), {});
    rebuild(world.store, file.models(), sales);
    CHECK(standing_of(file.models(), "sales") == standing{world.store.identity(), 1, at(6)});
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: a side file that was swapped in, but not removed, is not used again") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    scratch_folder kept;
    auto sales = sales_projection();
    CHECK_THROWS_AS(rebuild(world.store, file.models(), sales, reporting([](const rebuild_progress& progress) {
                                if (progress.reached == progress.head) throw interrupted{};
                            })),
                    interrupted);
    std::filesystem::copy_file(file.side_path("sales"), kept / "side");
    rebuild(world.store, file.models(), sales);
    // As if the process had been killed between the swap and the removal.
    std::filesystem::copy_file(kept / "side", file.side_path("sales"));

    std::vector<std::int64_t> reached;
    rebuild(world.store, file.models(), sales,
            reporting([&](const rebuild_progress& progress) { reached.push_back(progress.reached.value); }, 2));
    CHECK(reached == std::vector<std::int64_t>{2, 4, 6});
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: an event that cannot be applied leaves the present rows, and the rebuild goes on when it can") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    auto live = sales_projection();
    projector{world.store, file.models(), live}.catch_up();
    spoil(file.models(), live);
    const auto spoiled = sales_rows(file.models());

    auto sales = sales_projection();
    bool armed = true;
    meddled_projection poisoned{sales, [&](const event_view& event, sql_session&) {
                                    if (armed && event.position == at(4)) throw std::runtime_error("no paper");
                                }};
    CHECK_THROWS_AS(rebuild(world.store, file.models(), poisoned, reporting({})), event_failure);
    CHECK(sales_rows(file.models()) == spoiled);

    armed = false;
    std::vector<std::int64_t> reached;
    rebuild(world.store, file.models(), poisoned,
            reporting([&](const rebuild_progress& progress) { reached.push_back(progress.reached.value); }, 1));
    CHECK(reached == std::vector<std::int64_t>{4, 5, 6});
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: one that fails in the swap itself leaves the present rows") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    spoil(file.models(), sales);
    const auto spoiled = sales_rows(file.models());
    const auto before = standing_of(file.models(), "sales");

    auto beside = file.models().beside(sales);
    projector{world.store, *beside, sales}.catch_up();
    const auto fail = [] { throw interrupted{}; };
    CHECK_THROWS_AS(file.models().swap_in(sales, std::move(beside), fail), interrupted);
    CHECK(sales_rows(file.models()) == spoiled);
    CHECK(standing_of(file.models(), "sales") == before);
    rebuild(world.store, file.models(), sales);
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("rebuild: the same projection is rebuilt by one at a time, and two projections do not meet") {
    memory_world world;
    append_sales(world.store, 6);
    model_file file;
    auto sales = sales_projection();
    sql_projection tills{"tills", 1};
    tills.table("tills", "create table tills (till text primary key)");
    tills.on([](const sales::v1::TillOpened& event, const event_view&, sql_session& rows) {
        rows.execute("insert into tills values (?1)", event.till());
    });
    rebuild(world.store, file.models(), sales, reporting([&](const rebuild_progress&) {
                auto again = sales_projection();
                CHECK_THROWS_AS(rebuild(world.store, file.models(), again), store_in_use);
                rebuild(world.store, file.models(), tills);
            }));
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    CHECK(rows_of(file.models(), "select * from tills") == std::vector<std::string>{"1"});
}
