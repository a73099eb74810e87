#include "support/projecting.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;

const stream_id till_1{"till", "1"};

global_position at(std::int64_t position) { return global_position{position}; }

standing checkpoint_of_sales(const read_model_store& models) {
    const auto found = standing_of(models, "sales");
    REQUIRE(found.has_value());
    return *found;
}

/// What an exception says, or that there was none.
template <class Error, class F>
std::string message_of(F&& act) {
    try {
        act();
    } catch (const Error& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

bool says(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

/// basket-sold@1 -> item-sold@2 for each item; till-opened@1 -> nothing.
upcaster_chain basket_upcasters() {
    upcaster_chain chain;
    chain.add([](const sales::v1::BasketSold& basket, emits<sales::v1::ItemSold> emit) {
        for (const auto& item : basket.items()) emit(item);
    });
    chain.add([](const sales::v1::TillOpened&, emits<>) {});
    return chain;
}

sales::v1::BasketSold basket(const std::vector<sales::v1::ItemSold>& items) {
    sales::v1::BasketSold event;
    for (const auto& item : items) *event.add_items() = item;
    return event;
}

}  // namespace

TEST_CASE("project: the first batch makes the tables and the checkpoint, of an empty store too") {
    memory_world world;
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, stopping()};

    CHECK_FALSE(projector.run_batch());
    CHECK(sales_rows(file.models()).empty());
    const standing begun = checkpoint_of_sales(file.models());
    CHECK(begun.position == at(0));
    CHECK(begun.version == 1);
    CHECK(begun.source == world.store.identity());
}

TEST_CASE("project: every wanted event becomes rows, in order") {
    memory_world world;
    (void)append_to(world.store, till_1, {}, sold("EIRE", 5), sold("FRANCE", 2), returned("EIRE", 1));
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();

    CHECK(sales_rows(file.models()) == std::vector<std::string>{"EIRE|4", "FRANCE|2", "1|1|0|till-1|EIRE|5",
                                                                "2|2|0|till-1|FRANCE|2", "3|3|0|till-1|EIRE|-1"});
}

TEST_CASE("project: events that nobody wants move the checkpoint all the same") {
    memory_world world;
    for (int i = 0; i < 7; ++i) (void)append_to(world.store, till_1, {}, till_opened("1"));
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, batches_of(3)};
    projector.catch_up();

    CHECK(projector.position() == at(7));
    CHECK(checkpoint_of_sales(file.models()).position == at(7));
    CHECK(sales_rows(file.models()).empty());
}

TEST_CASE("project: the rows do not depend on where batches end") {
    constexpr int batch = 4;
    for (int events : {batch - 1, batch, batch + 1, 3 * batch - 1, 3 * batch, 3 * batch + 1}) {
        CAPTURE(events);
        memory_world world;
        append_sales(world.store, events);
        model_file file;
        auto sales = sales_projection();
        projector projector{world.store, file.models(), sales, batches_of(batch)};

        int batches = 1;
        while (projector.run_batch()) ++batches;
        CHECK(batches == (events + batch - 1) / batch);
        CHECK(projector.position() == at(events));
        CHECK_FALSE(projector.run_batch());
        CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
    }
}

TEST_CASE("project: a thousand events of one append come in batches as others do") {
    memory_world world;
    std::vector<event_data> events;
    for (int i = 1; i <= 1000; ++i) events.push_back(to_event(sold("EIRE", i)));
    (void)world.store.append(append_request::to(till_1, expected_version::no_stream(), std::move(events)));
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, batches_of(64)};

    CHECK(projector.run_batch());
    CHECK(checkpoint_of_sales(file.models()).position == at(64));
    projector.catch_up();
    CHECK(rows_of(file.models(), "select units from sales") == std::vector<std::string>{"500500"});
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("project: no write transaction is begun where nothing is to be done") {
    memory_world world;
    append_sales(world.store, 10);
    model_file file;
    watched_models models{file.models()};
    auto sales = sales_projection();
    projector projector{world.store, models, sales, stopping()};
    projector.catch_up();
    const int before = models.sessions;

    CHECK_FALSE(projector.run_batch());
    CHECK_FALSE(projector.run_batch());
    CHECK(models.sessions == before);

    append_sales(world.store, 1);
    CHECK_FALSE(projector.run_batch());
    CHECK(models.sessions == before + 1);
}

TEST_CASE("project: a handler that throws at any event leaves everything before it, and nothing of it") {
    constexpr int events = 11;
    memory_world world;
    append_sales(world.store, events);
    const auto expected = fresh_sales_rows(world.store);

    for (int failing = 1; failing <= events; ++failing) {
        if (failing % 5 == 0) continue;  // no handler has that one
        CAPTURE(failing);
        model_file file;
        auto sales = sales_projection();
        bool armed = true;
        meddled_projection meddled{sales, [&](const event_view& event, sql_session&) {
                                       if (armed && event.position == at(failing)) throw std::runtime_error("no paper");
                                   }};
        projector projector{world.store, file.models(), meddled, batches_of(4)};
        const auto message = message_of<event_failure>([&] { projector.catch_up(); });
        CHECK(says(message, "no paper"));
        CHECK(says(message, "at position " + std::to_string(failing) + ","));
        CHECK(says(message, "projection sales"));
        CHECK(projector.position() == at(failing - 1));
        CHECK(checkpoint_of_sales(file.models()).position == at(failing - 1));
        CHECK(rows_of(file.models(), "select count(*) from sales_journal where position >= " +
                                         std::to_string(failing)) == std::vector<std::string>{"0"});

        armed = false;
        projector.catch_up();
        CHECK(sales_rows(file.models()) == expected);
    }
}

TEST_CASE("project: a poison event is met again and again, and changes nothing") {
    memory_world world;
    append_sales(world.store, 4);
    model_file file;
    auto sales = sales_projection();
    meddled_projection poisoned{sales, [](const event_view& event, sql_session&) {
                                    if (event.position == global_position{3}) throw 7;
                                }};
    projector projector{world.store, file.models(), poisoned, stopping()};

    std::vector<std::string> before;
    for (int attempt = 1; attempt <= 3; ++attempt) {
        CAPTURE(attempt);
        try {
            projector.run_batch();
            FAIL("the poison went down");
        } catch (const event_failure& failure) {
            CHECK(failure.type == "item-returned@1");
            CHECK(failure.stream == "till-3");
            CHECK(failure.version == stream_version{1});
            CHECK(failure.position == at(3));
        }
        if (attempt == 1) before = sales_rows(file.models());
        CHECK(sales_rows(file.models()) == before);
        CHECK(checkpoint_of_sales(file.models()).position == at(2));
    }
}

TEST_CASE("project: a statement that breaks a constraint is the fault of its event") {
    memory_world world;
    append_sales(world.store, 2);
    model_file file;
    auto sales = sales_projection();
    meddled_projection twice{sales, [](const event_view& event, sql_session& rows) {
                                 if (event.position == global_position{2})
                                     rows.execute("insert into sales_journal select * from sales_journal");
                             }};
    projector projector{world.store, file.models(), twice, stopping()};
    const auto message = message_of<event_failure>([&] { projector.run_batch(); });
    CHECK(says(message, "UNIQUE constraint failed"));
    CHECK(says(message, "insert into sales_journal select"));
    CHECK(projector.position() == at(1));
}

TEST_CASE("project: what is no fault of the event is not blamed on it") {
    memory_world world;
    append_sales(world.store, 3);
    model_file file;
    auto sales = sales_projection();
    meddled_projection unlucky{
        sales, [](const event_view&, sql_session&) { throw storage_error(13, "write to the disk", "it is full"); }};
    projector projector{world.store, file.models(), unlucky, stopping()};
    CHECK(says(message_of<storage_error>([&] { projector.catch_up(); }), "it is full"));
    CHECK(sales_rows(file.models()).empty());
}

TEST_CASE("project: a commit that fails at any batch loses nothing and repeats nothing") {
    memory_world world;
    append_sales(world.store, 10);
    const auto expected = fresh_sales_rows(world.store);
    for (int failing = 1; failing <= 4; ++failing) {
        CAPTURE(failing);
        model_file file;
        watched_models models{file.models()};
        int commits = 0;
        models.before_commit = [&] {
            if (++commits == failing) throw storage_error(10, "commit", "the disk failed");
        };
        auto sales = sales_projection();
        projector projector{world.store, models, sales, batches_of(3)};
        CHECK_THROWS_AS(projector.catch_up(), storage_error);
        CHECK(projector.position() == checkpoint_of_sales(file.models()).position);
        projector.catch_up();
        CHECK(sales_rows(file.models()) == expected);
    }
}

TEST_CASE("project: started anew at any position, it goes on there") {
    constexpr int events = 9;
    memory_world world;
    append_sales(world.store, events);
    const auto expected = fresh_sales_rows(world.store);
    for (int stop = 0; stop <= events; ++stop) {
        CAPTURE(stop);
        model_file file;
        {
            auto sales = sales_projection();
            projector first{world.store, file.models(), sales, batches_of(1)};
            for (int i = 0; i < stop; ++i) first.run_batch();
            CHECK(first.position() == at(stop));
        }
        file.reopen();
        auto sales = sales_projection();
        projector second{world.store, file.models(), sales, batches_of(4)};
        second.catch_up();
        CHECK(sales_rows(file.models()) == expected);
    }
}

TEST_CASE("project: two projectors of one projection share its checkpoint, and apply nothing twice") {
    memory_world world;
    append_sales(world.store, 20);
    model_file file;
    auto sales = sales_projection();
    auto same = sales_projection();
    projector one{world.store, file.models(), sales, batches_of(3)};
    projector other{world.store, file.models(), same, batches_of(2)};
    for (bool more = true; more;) {
        more = one.run_batch();
        more = other.run_batch() || more;
    }
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("project: rows that were put back under a running projector are gone on with from where they are") {
    memory_world world;
    append_sales(world.store, 10);
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, batches_of(4)};
    CHECK(projector.run_batch());
    file.models().create(sales, world.store.identity());
    projector.catch_up();
    CHECK(sales_rows(file.models()) == fresh_sales_rows(world.store));
}

TEST_CASE("project: the parts of a split event are applied together, and dropped events are passed") {
    memory_world world;
    (void)append_to(world.store, till_1, {}, till_opened("1"),
                    basket({sold("EIRE", 1), sold("EIRE", 2), sold("FRANCE", 3)}), basket({}), sold("NORWAY", 4),
                    till_opened("2"));
    const upcasting_event_store events{world.store, basket_upcasters()};

    for (const std::size_t batch : {1, 2, 5}) {
        CAPTURE(batch);
        model_file file;
        auto sales = sales_projection();
        projector projector{events, file.models(), sales, batches_of(batch)};
        projector.catch_up();
        CHECK(projector.position() == at(5));
        CHECK(sales_rows(file.models()) == std::vector<std::string>{"EIRE|3", "FRANCE|3", "NORWAY|4",
                                                                    "1|2|0|till-1|EIRE|1", "2|2|1|till-1|EIRE|2",
                                                                    "3|2|2|till-1|FRANCE|3", "4|4|0|till-1|NORWAY|4"});
    }
}

TEST_CASE("project: a failure in any part of a split event leaves no part of it") {
    memory_world world;
    (void)append_to(world.store, till_1, {}, sold("NORWAY", 9),
                    basket({sold("EIRE", 1), sold("EIRE", 2), sold("FRANCE", 3)}));
    const upcasting_event_store events{world.store, basket_upcasters()};
    for (std::uint32_t part = 0; part < 3; ++part) {
        CAPTURE(part);
        model_file file;
        auto sales = sales_projection();
        bool armed = true;
        meddled_projection meddled{sales, [&](const event_view& event, sql_session&) {
                                       if (armed && event.position == at(2) && event.part == part)
                                           throw std::runtime_error("no paper");
                                   }};
        projector projector{events, file.models(), meddled, stopping()};
        CHECK_THROWS_AS(projector.catch_up(), event_failure);
        CHECK(sales_rows(file.models()) == std::vector<std::string>{"NORWAY|9", "1|1|0|till-1|NORWAY|9"});
        CHECK(projector.position() == at(1));

        armed = false;
        projector.catch_up();
        CHECK(rows_of(file.models(), "select count(*) from sales_journal") == std::vector<std::string>{"4"});
    }
}

TEST_CASE("project: an event of a version that the projection does not know stops it by name") {
    memory_world world;
    sales::v1::ItemSoldSomewhere old;
    old.set_units(3);
    (void)append_to(world.store, till_1, {}, sold("EIRE", 1), old);
    model_file file;
    auto sales = sales_projection();
    projector bare{world.store, file.models(), sales, stopping()};
    const auto message = message_of<event_failure>([&] { bare.catch_up(); });
    CHECK(says(message, "item-sold@1"));
    CHECK(says(message, "upcaster"));
    CHECK(bare.position() == at(1));

    upcaster_chain chain;
    chain.add([](const sales::v1::ItemSoldSomewhere& before) { return sold("ELSEWHERE", before.units()); });
    const upcasting_event_store events{world.store, chain};
    projector{events, file.models(), sales}.catch_up();
    CHECK(rows_of(file.models(), "select * from sales order by 1") ==
          std::vector<std::string>{"EIRE|1", "ELSEWHERE|3"});
}

TEST_CASE("project: bytes that do not decode stop it by name") {
    memory_world world;
    event_data broken = to_event(sold("EIRE", 1));
    broken.payload = "\x0A\x7F";
    (void)world.store.append(append_request::to(till_1, expected_version::any(), {broken}));
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, stopping()};
    CHECK(says(message_of<event_failure>([&] { projector.catch_up(); }),
               "do not decode as foldline_tests.sales.v1.ItemSold"));
}

TEST_CASE("project: rows that were made from another store, another history or a longer one are refused") {
    memory_world world;
    append_sales(world.store, 5);
    auto sales = sales_projection();
    const store_identity own = world.store.identity();
    const uuid stranger = uuid::from_name("a stranger");

    const auto refusal = [&](const store_identity& source, std::int64_t position) {
        model_file file;
        file.models().create(sales, source);
        const partition_claim claim = claim_of(file.models(), "sales");
        file.models().begin({&claim, 1})->commit(at(position), {});
        projector projector{world.store, file.models(), sales, stopping()};
        const auto message = message_of<incompatible_store>([&] { projector.run_batch(); });
        CHECK(checkpoint_of_sales(file.models()) == standing{source, 1, at(position)});
        if (message != "nothing was thrown") {
            CHECK(says(message, "projection sales in " + file.path().string()));
            CHECK(says(message, "rebuild"));
        }
        return message;
    };
    CHECK(says(refusal({store_id{stranger}, own.history}, 5), "another store"));
    CHECK(says(refusal({own.store, history_id{stranger}}, 2), "another history"));
    CHECK(says(refusal(own, 6), "stand at position 6, but the store ends at 5"));
    CHECK(refusal(own, 5) == "nothing was thrown");
}

TEST_CASE("project: a checkpoint that becomes foreign under a running projector is refused at the next batch") {
    memory_world world;
    append_sales(world.store, 5);
    model_file file;
    auto sales = sales_projection();
    projector projector{world.store, file.models(), sales, batches_of(2)};
    CHECK(projector.run_batch());
    file.models().create(sales, {world.store.identity().store, history_id{uuid::from_name("a stranger")}});
    CHECK_THROWS_AS(projector.catch_up(), incompatible_store);
    CHECK(sales_rows(file.models()).empty());
}

TEST_CASE("project: rows of another version of the projection are refused, whichever is newer") {
    memory_world world;
    append_sales(world.store, 5);
    model_file file;
    auto first = sales_projection(1);
    auto second = sales_projection(2);
    projector{world.store, file.models(), first}.catch_up();

    projector newer{world.store, file.models(), second};
    const auto message = message_of<definition_error>([&] { newer.run_batch(); });
    CHECK(says(message, "of its version 1, the program has version 2: rebuild it"));

    file.models().create(second, world.store.identity());
    projector older{world.store, file.models(), first};
    CHECK(says(message_of<definition_error>([&] { older.run_batch(); }), "the program has only version 1"));
}

TEST_CASE("project: times reach the rows in microseconds, and an absent value as null") {
    memory_world world;
    const timestamp noon = *parse_timestamp("2010-12-09T12:00:00.000001");
    (void)append_to(world.store, till_1, noon, sold("EIRE", 1));
    model_file file;
    sql_projection times{"times", 1};
    times.table("times", "create table times (occurred_at integer, absent text, present text) strict");
    times.on([](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
        rows.execute("insert into times values (?1, ?2, ?3)", view.occurred_at, std::optional<std::string>{},
                     std::optional<std::string>{event.country()});
    });
    projector{world.store, file.models(), times}.catch_up();
    CHECK(rows_of(file.models(), "select occurred_at, absent is null, present from times") ==
          std::vector<std::string>{"1291896000000001|1|EIRE"});
}
