// The example of projections/README.md, which is cut from here.

#include "support/sales.hpp"

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/projection_runner.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace {

using namespace foldline;
using foldline_tests::sales::v1::ItemSold;

void keep_sales(event_store& store, commit_signal& commits, const std::string& path) {
    // [doc:first-projection]
    sql_projection sales{"sales", 1};
    sales.table("sales", "create table sales (country text primary key, lines integer not null) strict");
    sales.on([](const ItemSold& line, const event_view&, sql_session& rows) {
        rows.execute("insert into sales values (?1, 1) on conflict (country) do update set lines = lines + 1",
                     line.country());
    });

    sqlite::database file{path};
    sqlite::sqlite_read_models models{file};
    projector projector{store, models, sales};     // `store` decodes through its upcasters
    projection_runner runner{projector, commits};  // catches up, then follows
    // [doc:end]
    CHECK(runner.wait_until(store.head(), std::chrono::seconds{30}));
    CHECK(foldline_tests::rows_of(models, "select * from sales") == std::vector<std::string>{"EIRE|2"});
}

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("readme: the first projection keeps its table") {
        foldline_tests::memory_world world;
        foldline_tests::scratch_folder folder;
        for (int i = 0; i < 2; ++i)
            (void)world.store.append(append_request::to(stream_id{"till", "1"}, expected_version::any(),
                                                        {to_event(foldline_tests::sold("EIRE", 3))}));
        keep_sales(world.store, world.store.commits(), (folder / "sales.db").string());
    }
}
