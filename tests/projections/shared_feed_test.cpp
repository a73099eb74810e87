#include "support/projecting.hpp"
#include "support/sales.hpp"
#include "support/spying_event_store.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <deque>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

global_position at(std::int64_t position) { return global_position{position}; }

/// A projection that writes each sale into a journal of its own, and counts how many it was handed.
struct journal {
    explicit journal(const std::string& name) : projection(name, 1) {
        projection.table(name + "_rows",
                         "create table " + name + "_rows (position integer primary key, units integer)");
        projection.on([this, name](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
            if (view.position == fails_at) throw std::runtime_error("no paper");
            ++handed;
            rows.execute("insert into " + name + "_rows values (?1, ?2)", view.position.value, event.units());
        });
    }

    [[nodiscard]] std::vector<std::string> rows(const read_model_store& models) const {
        return rows_of(models, "select * from " + std::string(projection.name()) + "_rows order by 1");
    }

    sql_projection projection;
    int handed = 0;
    global_position fails_at;
};

void append_sold(event_store& store, int count) {
    for (int i = 1; i <= count; ++i) (void)append_to(store, {"till", std::to_string(i % 3)}, {}, sold("EIRE", i));
}

}  // namespace

TEST_CASE("feed: projections that stand at one place share one read") {
    memory_world world;
    append_sold(world.store, 10);
    const spying_event_store watched{world.store};
    model_file file;
    journal one{"one"};
    journal other{"other"};
    journal third{"third"};
    projector feed{watched, batches_of(4)};
    feed.add(one.projection, file.models()).add(other.projection, file.models()).add(third.projection, file.models());
    feed.catch_up();

    CHECK(watched.events_read == 10);
    CHECK(one.handed == 10);
    CHECK(one.rows(file.models()).size() == 10);
    CHECK(other.rows(file.models()) == one.rows(file.models()));
    CHECK(third.rows(file.models()) == one.rows(file.models()));
    CHECK(feed.position() == at(10));
}

TEST_CASE("feed: in one file they share one transaction, and in two files each has its own") {
    memory_world world;
    append_sold(world.store, 4);
    model_file file;
    model_file second;
    watched_models models{file.models()};
    watched_models others{second.models()};
    journal one{"one"};
    journal other{"other"};
    journal elsewhere{"elsewhere"};
    projector feed{world.store, batches_of(10)};
    feed.add(one.projection, models).add(other.projection, models).add(elsewhere.projection, others);
    feed.catch_up();
    CHECK(models.sessions == 1);
    CHECK(others.sessions == 1);
    CHECK(other.rows(file.models()).size() == 4);
    CHECK(elsewhere.rows(second.models()).size() == 4);
}

TEST_CASE("feed: one that is new catches up alone, meets the others where they stand, and shares from there on") {
    memory_world world;
    append_sold(world.store, 7);
    model_file file;
    journal old{"old"};
    journal fresh{"fresh"};
    projector{world.store, file.models(), old.projection, batches_of(100)}.catch_up();
    append_sold(world.store, 6);

    const spying_event_store watched{world.store};
    projector feed{watched, batches_of(5)};
    feed.add(old.projection, file.models()).add(fresh.projection, file.models());
    feed.catch_up();
    CHECK(old.rows(file.models()).size() == 13);
    CHECK(fresh.rows(file.models()) == old.rows(file.models()));

    append_sold(world.store, 5);
    const std::size_t read_apart = watched.events_read;
    feed.catch_up();
    CHECK(watched.events_read == read_apart + 5);
    CHECK(fresh.rows(file.models()) == old.rows(file.models()));
}

TEST_CASE("feed: one that fails disturbs no other one, and goes with them again when it has got over it") {
    memory_world world;
    append_sold(world.store, 9);
    model_file file;
    journal good{"good"};
    journal bad{"bad"};
    bad.fails_at = at(5);
    projector feed{world.store, batches_of(4)};
    feed.add(good.projection, file.models()).add(bad.projection, file.models());
    CHECK_THROWS_AS(feed.catch_up(), event_failure);
    CHECK(good.rows(file.models()).size() == 9);
    CHECK(bad.rows(file.models()).size() == 4);

    bad.fails_at = {};
    feed.catch_up();
    CHECK(bad.rows(file.models()) == good.rows(file.models()));
}

TEST_CASE("feed: while one is stopped the others go on without an exception, and its status says why") {
    memory_world world;
    append_sold(world.store, 6);
    model_file file;
    journal good{"good"};
    journal bad{"bad"};
    bad.fails_at = at(3);
    projector feed{world.store, batches_of(2)};
    feed.add(good.projection, file.models()).add(bad.projection, file.models());
    while (feed.run_batch()) {}
    CHECK(good.rows(file.models()).size() == 6);
    const auto all = feed.status();
    REQUIRE(all.size() == 2);
    CHECK(all[0].doing == activity::current);
    CHECK(all[1].doing == activity::stopped);
    CHECK(all[1].error.find("no paper") != std::string::npos);
    CHECK(all[1].position == at(2));
    CHECK(all[1].lag_events() == 4);
    const projection_health health = health_of(all);
    CHECK_FALSE(health.healthy);
    REQUIRE(health.complaints.size() == 1);
    CHECK(health.complaints.front().find("bad") != std::string::npos);
}

TEST_CASE("feed: events that nobody wants are not decoded") {
    memory_world world;
    event_data broken = to_event(sold("EIRE", 1));
    broken.payload = "\x0A\x7F";
    (void)world.store.append(append_request::to({"till", "1"}, expected_version::any(), {broken}));
    sql_projection returns{"returns", 1};
    returns.table("returns", "create table returns (units integer)");
    returns.on([](const sales::v1::ItemReturned& event, const event_view&, sql_session& rows) {
        rows.execute("insert into returns values (?1)", event.units());
    });
    (void)append_to(world.store, {"till", "1"}, {}, returned("EIRE", 3));
    model_file file;
    projector{world.store, file.models(), returns, stopping()}.catch_up();
    CHECK(rows_of(file.models(), "select * from returns") == std::vector<std::string>{"3"});
}

TEST_CASE("feed: two projections of one name in one file are refused") {
    memory_world world;
    model_file file;
    journal one{"one"};
    journal again{"one"};
    projector feed{world.store};
    feed.add(one.projection, file.models());
    CHECK_THROWS_AS(feed.add(again.projection, file.models()), definition_error);
}

TEST_CASE("feed: another definition under the same version is found at the start, and the difference is said") {
    memory_world world;
    append_sold(world.store, 2);
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    auto more = sales_projection();
    more.on([](const sales::v1::TillOpened&, const event_view&, sql_session&) {});
    try {
        projector{world.store, file.models(), more}.catch_up();
        FAIL("another definition was taken for the same");
    } catch (const definition_error& thrown) {
        const std::string message = thrown.what();
        CHECK(message.find("till-opened@1") != std::string::npos);
        CHECK(message.find("Raise its version") != std::string::npos);
    }
}

TEST_CASE(
    "feed: the partitions of a projection are worked on by whoever claims them, and give the same rows together") {
    memory_world world;
    append_sales(world.store, 60);
    model_file file;
    std::deque<sql_projection> copies;
    std::deque<projector> workers;
    projector_options options = batches_of(7);
    options.partitions = 4;
    {
        auto first = sales_projection();
        projector{world.store, file.models(), first, options}.run_batch();  // makes the partitions
    }
    file.models().create(copies.emplace_back(sales_projection()), world.store.identity(), partitions(4));
    const std::vector<partition> parts = partitions(4);
    for (std::uint8_t worker = 1; worker <= 2; ++worker) {
        options.worker.value.bytes[15] = worker;
        auto& mine = workers.emplace_back(world.store, options);
        mine.add(copies.emplace_back(sales_projection()), file.models());
        std::vector<partition_claim> claims;
        for (std::size_t part = worker - 1U; part < parts.size(); part += 2)
            claims.push_back(claim_of(file.models(), "sales", parts[part], options.worker));
        mine.work_on(claims);
    }
    for (bool more = true; more;) {
        more = workers[0].run_batch();
        more = workers[1].run_batch() || more;
    }
    CHECK(position_of(file.models(), "sales") == world.store.head());
    CHECK(rows_of(file.models(), "select * from sales order by 1") == [&] {
        model_file fresh;
        auto whole = sales_projection();
        projector{world.store, fresh.models(), whole}.catch_up();
        return rows_of(fresh.models(), "select * from sales order by 1");
    }());
    const auto out_of_order =
        rows_of(file.models(),
                "select count(*) from sales_journal a join sales_journal b on a.stream = b.stream and "
                "a.number < b.number and a.position > b.position");
    CHECK(out_of_order == std::vector<std::string>{"0"});
    CHECK(rows_of(file.models(), "select count(*) from sales_journal") == std::vector<std::string>{"48"});
}

TEST_CASE("feed: one whose rows are of another store keeps neither the others nor the caller waiting") {
    memory_world world;
    append_sold(world.store, 9);
    memory_event_store other_store{world.time, world.ids};
    append_sold(other_store, 3);
    model_file file;
    journal good{"good"};
    journal foreign{"foreign"};
    projector{other_store, file.models(), foreign.projection, batches_of(2)}.catch_up();

    projector feed{world.store, batches_of(4)};
    feed.add(good.projection, file.models()).add(foreign.projection, file.models());
    int batches = 0;
    while (feed.run_batch() && batches < 100) ++batches;
    CHECK(batches < 100);
    CHECK(good.rows(file.models()).size() == 9);
    CHECK(foreign.rows(file.models()).size() == 3);
    if (batches < 100) CHECK_THROWS_AS(feed.catch_up(), incompatible_store);
}
