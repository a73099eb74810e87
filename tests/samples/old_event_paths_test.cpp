// One old event of each version, down every path on which a program meets its events. Each must show it as the event of
// today: version 1 counted in pence, version 2 knew no currency.

#include "cli/shop_store.hpp"
#include "domain/events.hpp"
#include "domain/order.hpp"
#include "shop/orders/v1/orders.pb.h"
#include "shop/orders/v1/read_models.pb.h"
#include "shop/orders/v1/state.pb.h"
#include "shop/orders/v2/order_placed.pb.h"
#include "shop/orders/v3/order_placed.pb.h"
#include "support/memory_world.hpp"
#include "support/sales.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/pence/v1/order_placed.pb.h>
#include <foldline/eventstore/read_ahead_runner.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/documents.hpp>
#include <foldline/projections/memory_projection.hpp>
#include <foldline/projections/rebuild.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>
#include <foldline/sqlite/event_sql.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/testing/snapshot_agrees.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "cli/ran.hpp"

namespace {

using namespace foldline;
using foldline_tests::rows_of;
using lines = std::vector<std::string>;
using shop::v3::OrderPlaced;

/// What each path has to give for the orders 1, 2 and 3, which were placed by programs of these versions.
const lines as_of_today{"1|458400|GBP", "2|458400|GBP", "3|458400|GBP"};

std::string line_of(std::string_view order, const OrderPlaced& placed) {
    return fmt::format("{}|{}|{}", order, placed.total_e4(), placed.currency());
}

template <class Placed>
Placed placed() {
    Placed event;
    event.set_customer("17850");
    event.set_country("France");
    event.set_lines(2);
    event.set_units(8);
    return event;
}

event_data placed_in_pence() {
    auto event = placed<foldline_tests::pence::v1::OrderPlaced>();
    event.set_total_pence(4584);
    return testing::old_event(event);
}

event_data placed_without_currency() {
    auto event = placed<shop::v2::OrderPlaced>();
    event.set_total_e4(458'400);
    return testing::old_event(event);
}

event_data placed_today() {
    auto event = placed<OrderPlaced>();
    event.set_total_e4(458'400);
    event.set_currency("GBP");
    return to_event(event);
}

/// A file with the three orders, as three generations of the shop would have left it.
class generations {
public:
    generations() {
        sqlite::database file{path()};
        sqlite::sqlite_event_store store{file, time_, ids_};
        place(store, "1", placed_in_pence());
        place(store, "2", placed_without_currency());
        place(store, "3", placed_today());
        sqlite::keep_upcasters(file, shop::old_events());
    }

    [[nodiscard]] std::string path() const { return folder_ / "orders.db"; }

private:
    static void place(event_store& store, const std::string& order, event_data event) {
        shop::v1::OrderOpened opened;
        opened.set_country("France");
        const append_request request =
            append_request::to({"order", order}, expected_version::no_stream(), {to_event(opened), std::move(event)});
        if (!std::holds_alternative<appended>(store.append(request)))
            throw std::logic_error("the order is there already");
    }

    foldline_tests::scratch_folder folder_;
    testing::manual_clock time_;
    testing::sequential_ids ids_;
};

/// A program of today over that file.
class wiring {
public:
    explicit wiring(const std::string& path) : file_(path) {}

    system_clock time;

private:
    uuid_v7_source ids_{time};
    sqlite::database file_;
    sqlite::sqlite_event_store stored_{file_, time, ids_};
    sqlite::sqlite_snapshot_store snapshots_{file_};

public:
    upcasting_event_store events{stored_, shop::old_events()};
    snapshotting_repository<shop::order> orders{events, snapshots_, every(100)};
};

struct program_of_today {
    generations past;
    wiring store{past.path()};
    foldline_tests::model_file models;
};

std::string total_of(const shop::v1::OrderState& order) {
    return fmt::format("{}|{}", order.total_e4(), order.currency());
}

const event_type placed_now{OrderPlaced::foldline_event_name, OrderPlaced::foldline_event_version};

/// Notes each order that was placed, where it is handed out.
struct placed_orders {
    explicit placed_orders(const event_store& from) : type(from.type_id(placed_now)) {}

    void note(const event_view& event) {
        if (event.type != type) return;
        OrderPlaced reused;
        found.push_back(line_of(event.stream.id, static_cast<const OrderPlaced&>(decode(event, reused, placed_now))));
    }

    event_type_id type;
    lines found;
};

sql_projection totals(const char* name = "totals") {
    sql_projection made{name, 1};
    made.table(name,
               fmt::format("create table {} (number text primary key, total integer, currency text) strict", name));
    made.on([insert = fmt::format("insert into {} values (?1, ?2, ?3)", name)](
                const OrderPlaced& event, const event_view& view, sql_session& rows) {
        rows.execute(insert, view.stream.id, event.total_e4(), event.currency());
    });
    return made;
}

constexpr const char* all_totals = "select number, total, currency from totals order by number";

}  // namespace

TEST_CASE("old events: a load, a load of the past, and one from a snapshot fold them as today's") {
    program_of_today shop;
    for (const char* number : {"1", "2", "3"}) {
        CAPTURE(number);
        CHECK(total_of(shop.store.orders.load(number).state) == "458400|GBP");
        CHECK(total_of(shop.store.orders.load(number, at_version{stream_version{2}}).state) == "458400|GBP");
        REQUIRE(shop.store.orders.take_now(number));
        const auto before = shop.store.orders.counters().used;
        CHECK(total_of(shop.store.orders.load(number).state) == "458400|GBP");
        CHECK(shop.store.orders.counters().used == before + 1);
    }
}

TEST_CASE("old events: a command is decided on them, also where they arrive in a conflict") {
    const generations past;
    system_clock time;
    uuid_v7_source ids{time};
    sqlite::database file{past.path()};
    sqlite::sqlite_event_store stored{file, time, ids};
    upcasting_event_store events{stored, shop::old_events()};
    repository<shop::order> orders{events};

    lines seen;
    const auto pay_late = [&](const shop::v1::OrderState& now) -> shop::order::decision {
        seen.push_back(total_of(now));
        if (seen.size() > 1) return shop::order::decide(now, shop::pay_order{{}, time.now()});
        shop::v1::OrderOpened opened;
        (void)stored.append(
            append_request::to({"order", "4"}, expected_version::any(), {to_event(opened), placed_in_pence()}));
        return shop::order::decision{opened};
    };
    CHECK(std::holds_alternative<accepted>(orders.handle_with("4", {}, pay_late)));
    CHECK(seen == lines{"0|", "458400|GBP"});
    CHECK(std::holds_alternative<accepted>(
        orders.handle("1", shop::pay_order{shop::money::from_e4(458'400), time.now()})));
}

TEST_CASE("old events: subscriptions, one event and one batch at a time, and reading ahead hand them out as today's") {
    program_of_today shop;
    placed_orders by_event{shop.store.events};
    subscription single{shop.store.events, read_query::all()};
    while (single.poll([&](const event_view& event) { by_event.note(event); })) {}
    CHECK(by_event.found == as_of_today);

    placed_orders by_batch{shop.store.events};
    const read_query wanted = read_query::category("order").of_types({placed_now});
    subscription batches{shop.store.events, wanted};
    while (batches.poll_batch([&](auto events) {
        for (const auto& event : events) by_batch.note(event);
    })) {}
    CHECK(by_batch.found == as_of_today);

    placed_orders ahead{shop.store.events};
    read_ahead_runner runner{shop.store.events, wanted};
    while (runner.next([&](auto events) {
        for (const auto& event : events) ahead.note(event);
    })) {}
    CHECK(ahead.found == as_of_today);
}

TEST_CASE("old events: a projection, its rebuild and the rebuild of one key make rows of today's events") {
    program_of_today shop;
    sql_projection orders = totals();
    projector running{shop.store.events, shop.models.models(), orders};
    running.catch_up();
    CHECK(rows_of(shop.models.models(), all_totals) == as_of_today);
    rebuild(shop.store.events, shop.models.models(), orders);
    CHECK(rows_of(shop.models.models(), all_totals) == as_of_today);
    CHECK(verify_rows(shop.store.events, shop.models.models(), orders, [](const row_difference&) {}) == 0);
}

TEST_CASE("old events: documents, also of one key made anew, and objects in memory are folded from today's events") {
    program_of_today shop;
    document_projection<shop::v1::OrderSummary> summaries{"summaries", 1};
    summaries.on(by_stream, [](shop::v1::OrderSummary& order, const OrderPlaced& event) {
        order.set_total_e4(event.currency() == "GBP" ? event.total_e4() : -1);
    });
    projector documents_of{shop.store.events, shop.models.models(), summaries};
    documents_of.catch_up();
    rebuild_key(shop.store.events, shop.models.models(), summaries, "order-1");
    const documents<shop::v1::OrderSummary> found{shop.models.models(), "summaries"};
    for (const char* stream : {"order-1", "order-2", "order-3"})
        CHECK(found.find(stream).value().total_e4() == 458'400);

    memory_projection<lines> board{"board", 1};
    board.on([](lines& all, const OrderPlaced& event, const event_view& view) {
        all.push_back(line_of(view.stream.id, event));
    });
    projector kept{shop.store.events, board.models(), board};
    kept.catch_up();
    CHECK(board.read([](const lines& all, global_position) { return all; }) == as_of_today);
}

TEST_CASE("old events: an inline projection that is new to a file is built of today's events") {
    const generations past;
    system_clock time;
    uuid_v7_source ids{time};
    sql_projection orders = totals();
    const upcaster_chain chain = shop::old_events();
    sqlite::event_store_options options;
    options.inline_projections = {&orders};
    options.upcasters = &chain;
    sqlite::database file{past.path()};
    const sqlite::sqlite_event_store store{file, time, ids, options};
    lines rows;
    store.read_inline([&](sql_session& session) {
        session.query(all_totals, {}, [&](const sql_row& row) {
            rows.push_back(fmt::format("{}|{}|{}", row.text(0), row.integer(1), row.text(2)));
        });
    });
    CHECK(rows == as_of_today);
}

TEST_CASE("old events: a dead letter is tried again as today's event") {
    program_of_today shop;
    bool works = false;
    sql_projection fragile = totals();
    foldline_tests::meddled_projection failing{fragile, [&](const event_view&, sql_session&) {
                                                   if (!works) throw std::runtime_error("not yet");
                                               }};
    projector_options options;
    options.on_failure = error_policy::park_at_once();
    projector running{shop.store.events, shop.models.models(), failing, options};
    running.catch_up();
    dead_letters letters{shop.store.events, shop.models.models(), failing, shop.store.time};
    REQUIRE(letters.keys().size() == 3);
    works = true;
    CHECK(letters.retry_all().applied == 3);
    CHECK(rows_of(shop.models.models(), all_totals) == as_of_today);
}

TEST_CASE("old events: the program's own command line, and the bare one by what the file keeps, show today's events") {
    const generations past;
    cli::application orders;
    orders.name = "orders";
    orders.reading = [](event_store& stored) {
        return std::make_unique<upcasting_event_store>(stored, shop::old_events());
    };
    const std::vector<std::string> asked{"events", past.path(), "--type", "order-placed", "--format", "ndjson"};
    const foldline_tests::ran own{asked, orders};
    REQUIRE_MESSAGE(own.code == 0, own.err);
    CHECK(own.says(R"("total_e4":"458400","currency":"GBP")"));
    CHECK_FALSE(own.says("total_pence"));

    const foldline_tests::ran as_stored{asked};
    CHECK(as_stored.says(R"("total_pence":"4584")"));

    std::vector<std::string> upcast = asked;
    upcast.push_back("--upcast");
    const foldline_tests::ran bare{upcast};
    REQUIRE_MESSAGE(bare.code == 0, bare.err);
    CHECK_FALSE(bare.says("total_pence"));
    CHECK(bare.says(R"("total_e4":"458400")"));
}

TEST_CASE("old events: the file keeps what a step makes, where no such event was ever stored") {
    foldline_tests::scratch_folder folder;
    const std::string path = folder / "orders.db";
    {
        testing::manual_clock time;
        testing::sequential_ids ids;
        sqlite::database file{path};
        sqlite::sqlite_event_store store{file, time, ids};
        (void)store.append(append_request::to({"order", "1"}, expected_version::any(), {placed_in_pence()}));
        sqlite::keep_upcasters(file, shop::old_events());
    }
    const foldline_tests::ran bare{{"events", path, "--upcast"}};
    REQUIRE_MESSAGE(bare.code == 0, bare.err);
    CHECK(bare.says("order-placed@2 (stored @1)"));
    CHECK(bare.says(R"("total_e4":"458400")"));
}

TEST_CASE("old events: SQL over a reading store asks today's events") {
    program_of_today shop;
    sqlite::event_sql sql{shop.store.events};
    lines found;
    sql.query("select id, total_e4, currency from order_placed order by position", {}, [&](const sql_row& row) {
        found.push_back(fmt::format("{}|{}|{}", row.text(0), row.integer(1), row.text(2)));
    });
    CHECK(found == as_of_today);
}
