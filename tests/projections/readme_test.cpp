// The example of projections/README.md, which is cut from here.

#include "support/sales.hpp"

#include <foldline_tests/documents/v1/documents.pb.h>
#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/documents.hpp>
#include <foldline/projections/memory_projection.hpp>
#include <foldline/projections/projection_runner.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>

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

void keep_customers(event_store& store, read_model_store& models) {
    using namespace foldline_tests::documents::v1;
    // [doc:first-documents]
    document_projection<CustomerSummary> customers{"customers", 1};
    customers.index("country");
    customers.on(&OrderPlaced::customer, [](CustomerSummary& customer, const OrderPlaced& placed) {
        customer.set_country(placed.country());
        customer.set_orders(customer.orders() + 1);
    });
    customers.on(&CustomerForgotten::customer,
                 [](document<CustomerSummary>& customer, const CustomerForgotten&) { customer.remove(); });

    projector{store, models, customers}.catch_up();

    const documents found{models, customers};
    const auto one = found.find("12345");
    int irish = 0;
    found.find_by("country", "EIRE", [&](std::string_view, const CustomerSummary&) { ++irish; });
    // [doc:end]
    REQUIRE(one.has_value());
    CHECK(one->orders() == 2);
    CHECK(irish == 1);
}

void keep_a_board(event_store& store) {
    // [doc:first-board]
    using totals = std::map<std::string, std::int64_t>;
    memory_projection<totals> board{"board", 1};
    board.on([](totals& sold, const ItemSold& line, const event_view&) { sold[line.country()] += line.units(); });

    projector projector{store, board.models(), board};
    projector.catch_up();
    const std::int64_t units = board.read([](const totals& sold, global_position) { return sold.at("EIRE"); });
    // [doc:end]
    CHECK(units == 5);
}

void mend(const event_store& store, read_model_store& models, projection& sales, const foldline::clock& time) {
    // [doc:dead-letters]
    dead_letters letters{store, models, sales, time};
    std::string report;
    for (const parked_event& parked : letters.list(letter_filter{.order_key = {}, .failed_only = true}))
        report += parked.stream + ": " + parked.error + "\n";
    const replay_result result = letters.retry_all();  // in order, one order key after the other
    // [doc:end]
    CHECK(report.find("no paper") != std::string::npos);
    CHECK(result.applied == 2);
    CHECK(result.still_failing == 0);
}

}  // namespace

TEST_CASE("readme: documents are folded, and found by key and by index") {
    using namespace foldline_tests::documents::v1;
    foldline_tests::memory_world world;
    foldline_tests::model_file file;
    OrderPlaced placed;
    placed.set_customer("12345");
    placed.set_country("EIRE");
    (void)foldline_tests::append_to(world.store, {"order", "1"}, {}, placed, placed);
    placed.set_customer("54321");
    (void)foldline_tests::append_to(world.store, {"order", "2"}, {}, placed);
    CustomerForgotten forgotten;
    forgotten.set_customer("54321");
    (void)foldline_tests::append_to(world.store, {"order", "2"}, {}, forgotten);
    keep_customers(world.store, file.models());
}

TEST_CASE("readme: a board in memory is folded and read") {
    foldline_tests::memory_world world;
    (void)foldline_tests::append_to(world.store, {"till", "1"}, {}, foldline_tests::sold("EIRE", 2),
                                    foldline_tests::sold("EIRE", 3));
    keep_a_board(world.store);
}

TEST_CASE("readme: what was parked is tried again once the fault is mended") {
    foldline_tests::memory_world world;
    foldline_tests::model_file file;
    (void)foldline_tests::append_to(world.store, {"till", "1"}, {}, foldline_tests::sold("EIRE", 2),
                                    foldline_tests::sold("EIRE", 3));
    bool broken = true;
    auto sales = foldline_tests::sales_projection();
    foldline_tests::meddled_projection meddled{sales, [&](const event_view&, sql_session&) {
                                                   if (broken) throw std::runtime_error("no paper");
                                               }};
    projector_options options;
    options.on_failure = error_policy::park_at_once();
    projector{world.store, file.models(), meddled, options}.catch_up();
    broken = false;
    mend(world.store, file.models(), meddled, world.time);
    CHECK(foldline_tests::rows_of(file.models(), "select units from sales") == std::vector<std::string>{"5"});
}

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
