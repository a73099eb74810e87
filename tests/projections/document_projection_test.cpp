#include "support/document_world.hpp"

#include <foldline/core/error.hpp>
#include <foldline/projections/documents.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace foldline_tests::documents::v1;
using counts = counted_session::counts;
using flushes = plain_driver::flushes;

using customers_type = document_projection<CustomerSummary>;

std::vector<std::string> rows(const model_file& file) {
    std::vector<std::string> all;
    const_cast<model_file&>(file).models().read([&](sql_session& session) {
        session.each_row("select key, hex(document), ix_country from customers order by key", [&](const sql_row& row) {
            all.push_back(std::string(row.text(0)) + "|" + std::string(row.text(1)) + "|" + std::string(row.text(2)));
        });
    });
    return all;
}

std::optional<CustomerSummary> customer(model_file& file, const std::string& key) {
    return foldline::documents<CustomerSummary>{file.models(), "customers"}.find(key);
}

void append_mix(event_store& store) {
    for (int i = 0; i < 60; ++i) {
        if (i % 7 == 6) append(store, customer_forgotten("customer " + std::to_string(i % 5)));
        else append(store, order_placed("customer " + std::to_string(i % 4), i, i % 2 == 0 ? "EIRE" : "NORWAY"));
    }
}

struct world : memory_world {
    model_file file;
    customers_type customers = customers_projection();
    plain_driver driver{store, file.models(), customers};
};

}  // namespace

TEST_CASE("document projection: events are folded into the document of their key") {
    world shop;
    append(shop.store, order_placed("anne", 100));
    append(shop.store, order_placed("bert", 5, "NORWAY"));
    append(shop.store, order_placed("anne", 20, "FRANCE"));
    (void)shop.driver.run();
    REQUIRE(customer(shop.file, "anne"));
    CHECK(customer(shop.file, "anne")->orders() == 2);
    CHECK(customer(shop.file, "anne")->total_minor() == 120);
    CHECK(customer(shop.file, "anne")->country() == "FRANCE");
    CHECK(customer(shop.file, "bert")->total_minor() == 5);
    CHECK_FALSE(customer(shop.file, "carl"));
    CHECK(rows_of(shop.file.models(), "select key || '|' || ix_country from customers order by key") ==
          std::vector<std::string>{"anne|FRANCE", "bert|NORWAY"});
}

TEST_CASE("document projection: a removed document is gone, and is made anew from nothing") {
    world shop;
    append(shop.store, order_placed("anne", 100));
    append(shop.store, order_placed("bert", 100));
    (void)shop.driver.run();
    append(shop.store, customer_forgotten("anne"));
    append(shop.store, customer_forgotten("bert"));
    append(shop.store, customer_forgotten("nobody"));
    append(shop.store, order_placed("bert", 1));
    CHECK(shop.driver.run().writes == 2);
    CHECK_FALSE(customer(shop.file, "anne"));
    CHECK_FALSE(customer(shop.file, "nobody"));
    CHECK(customer(shop.file, "bert")->orders() == 1);
}

TEST_CASE("document projection: a document is read once and written once a batch") {
    world shop;
    for (int i = 0; i < 30; ++i) append(shop.store, order_placed(i % 2 == 0 ? "anne" : "bert", i));
    CHECK(shop.driver.run() == counts{2, 2, 0});
    for (int i = 0; i < 30; ++i) append(shop.store, order_placed("anne", i));
    CHECK(shop.driver.run() == counts{1, 1, 0});
}

TEST_CASE("document projection: what an event leaves as it was is not written") {
    memory_world world;
    model_file file;
    document_projection<CustomerSummary> countries{"customers", 1};
    countries.on(&OrderPlaced::customer,
                 [](CustomerSummary& to, const OrderPlaced& placed) { to.set_country(placed.country()); });
    countries.on(&OrderCancelled::customer, [](document<CustomerSummary>& to, const OrderCancelled&) {
        if (to.exists()) to->set_orders(0);
    });
    plain_driver driver{world.store, file.models(), countries};
    append(world.store, order_placed("anne", 1));
    CHECK(driver.run().writes == 1);
    append(world.store, order_placed("anne", 2));
    OrderCancelled cancelled;
    cancelled.set_customer("anne");
    append(world.store, cancelled);
    cancelled.set_customer("nobody");
    append(world.store, cancelled);
    CHECK(driver.run().writes == 0);
    CHECK(foldline::documents<CustomerSummary>{file.models(), countries}.count() == 1);
}

TEST_CASE("document projection: maps in another order are the same bytes") {
    memory_world world;
    model_file file;
    document_projection<CustomerSummary> labels{"customers", 1};
    labels.on(&OrderPlaced::customer, [](CustomerSummary& to, const OrderPlaced& placed) {
        to.clear_labels();
        for (const std::string& label : placed.labels()) (*to.mutable_labels())[label] = 1;
    });
    plain_driver driver{world.store, file.models(), labels};
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i) names.push_back("label " + std::to_string(i));
    OrderPlaced placed = order_placed("anne", 1);
    placed.mutable_labels()->Assign(names.begin(), names.end());
    append(world.store, placed);
    (void)driver.run();
    placed.mutable_labels()->Assign(names.rbegin(), names.rend());
    append(world.store, placed);
    CHECK(driver.run().writes == 0);
}

TEST_CASE("document projection: flushed after each event or at the end, in one batch or many, the rows are the same") {
    world once;
    append_mix(once.store);
    (void)once.driver.run();

    world each;
    append_mix(each.store);
    (void)each.driver.run(flushes::after_each);
    CHECK(rows(each.file) == rows(once.file));

    world kept;
    kept.customers.order_by_key();
    append_mix(kept.store);
    model_file many;
    many.models().create(kept.customers, kept.store.identity());
    projection_dispatch dispatch{kept.store, kept.customers};
    for (std::int64_t at = 0; at < kept.store.head().value; at += 3) {
        const auto session = begin_as_nobody(many.models(), "customers");
        const page page = kept.store.read(read_query::all().after(global_position{at}), batch_limit{3},
                                          [&](const event_view& event) { dispatch.apply(event, *session); });
        kept.customers.flush(*session);
        session->commit(page.last_position, {});
        kept.customers.committed(page.last_position);
    }
    CHECK(rows(many) == rows(once.file));
    CHECK(rows(many).size() == 4);
}

TEST_CASE("document projection: a batch that is rolled back leaves nothing behind") {
    world shop;
    append(shop.store, order_placed("anne", 1));
    (void)shop.driver.run();
    for (const bool flushed : {false, true}) {
        projection_dispatch dispatch{shop.store, shop.customers};
        append(shop.store, order_placed("anne", 10));
        const auto session = begin_as_nobody(shop.file.models(), "customers");
        (void)shop.store.read(read_query::all().after(global_position{1}), batch_limit{10},
                              [&](const event_view& event) { dispatch.apply(event, *session); });
        if (flushed) shop.customers.flush(*session);
        shop.customers.rolled_back();
    }
    (void)shop.driver.run();
    CHECK(customer(shop.file, "anne")->orders() == 3);
}

TEST_CASE("document projection: an event that fails leaves what was flushed before it") {
    for (const bool by_key : {false, true}) {
        world shop;
        if (by_key) shop.customers.order_by_key();
        append(shop.store, order_placed("anne", 1));
        append(shop.store, order_placed("anne", -1));
        append(shop.store, order_placed("anne", 10));
        append(shop.store, order_placed("bert", -1));
        CHECK_THROWS_AS((void)shop.driver.run(), event_failure);
        CHECK(rows(shop.file).empty());
        shop.driver.run_over_failures();
        CHECK(shop.driver.failures == 2);
        CHECK(rows(shop.file).size() == 1);
        CHECK(customer(shop.file, "anne")->orders() == 2);
        CHECK(customer(shop.file, "anne")->total_minor() == 11);
    }
}

TEST_CASE("document projection: after a failure, what this transaction has stored is asked for inside it") {
    memory_world world;
    model_file file;
    auto customers = customers_projection();
    customers.order_by_key();
    file.models().create(customers, world.store.identity());
    const auto session = begin_as_nobody(file.models(), "customers");
    counts all;
    counted_session rows{*session, all};
    event_view event;
    event.position = global_position{1};
    customers.apply(0, order_placed("anne", 1), event, rows);
    customers.flush(rows);
    CHECK(all == counts{1, 0, 1});
    CHECK_THROWS_AS(customers.apply(0, order_placed("anne", -1), event, rows), std::runtime_error);
    customers.apply(0, order_placed("anne", 2), event, rows);
    CHECK(all == counts{1, 1, 1});
    customers.committed(event.position);
    event.position = global_position{2};
    customers.apply(0, order_placed("bert", 2), event, rows);
    CHECK(all == counts{1, 1, 2});
}

TEST_CASE("document projection: two workers on one document lose nothing, whoever was first") {
    world first;
    auto again = customers_projection();
    plain_driver second{first.store, first.file.models(), again};
    for (int i = 0; i < 6; ++i) {
        append(first.store, order_placed("anne", 1));
        (void)(i % 2 == 0 ? first.driver.run() : second.run());
    }
    CHECK(customer(first.file, "anne")->orders() == 6);
}

TEST_CASE("document projection: documents that follow the partitions are kept from batch to batch") {
    world shop;
    shop.customers.order_by_key();
    append(shop.store, order_placed("anne", 1));
    CHECK(shop.driver.run() == counts{1, 0, 1});
    append(shop.store, order_placed("anne", 1));
    append(shop.store, order_placed("bert", 1));
    CHECK(shop.driver.run() == counts{2, 0, 1});
    shop.customers.rolled_back();
    append(shop.store, order_placed("anne", 1));
    CHECK(shop.driver.run() == counts{1, 0, 1});
    CHECK(customer(shop.file, "anne")->orders() == 3);
}

TEST_CASE("document projection: no more is kept than was allowed, and what was used last") {
    world shop;
    shop.customers.order_by_key().remember(2000);
    for (int i = 0; i < 100; ++i) append(shop.store, order_placed(std::to_string(i), 1));
    CHECK(shop.driver.run() == counts{100, 0, 100});
    append(shop.store, order_placed("0", 1));
    CHECK(shop.driver.run() == counts{1, 0, 1});
    append(shop.store, order_placed("0", 1));
    CHECK(shop.driver.run() == counts{1, 0, 0});
    shop.customers.remember(0);
    append(shop.store, order_placed("0", 1));
    CHECK(shop.driver.run() == counts{1, 0, 0});
    append(shop.store, order_placed("0", 1));
    CHECK(shop.driver.run() == counts{1, 0, 1});
    CHECK(customer(shop.file, "0")->orders() == 5);
    CHECK(rows(shop.file).size() == 100);
}

TEST_CASE("document projection: what was used longest ago is forgotten first") {
    world shop;
    shop.customers.order_by_key().remember(2000);  // three of them
    for (const char* name : {"anne", "bert", "carl", "anne", "dora"}) {
        append(shop.store, order_placed(name, 1));
        (void)shop.driver.run();
    }
    append(shop.store, order_placed("anne", 1));
    CHECK(shop.driver.run().look_ups == 0);
    append(shop.store, order_placed("bert", 1));
    CHECK(shop.driver.run().look_ups == 1);
}

TEST_CASE("document projection: over other rows it does not go on with what it remembers") {
    world shop;
    shop.customers.order_by_key();
    append_mix(shop.store);
    (void)shop.driver.run();
    model_file other;
    (void)plain_driver{shop.store, other.models(), shop.customers}.run();
    CHECK(rows(other) == rows(shop.file));
}

TEST_CASE("document projection: keys are strings, numbers, some, none or the stream") {
    memory_world world;
    model_file file;
    document_projection<ShelfSummary> shelves{"order", 1};  // a word of SQL, too
    shelves.on([](const ShelfCounted& counted) { return counted.shelf(); },
               [](ShelfSummary& shelf, const ShelfCounted& counted) { shelf.set_items(counted.items()); });
    shelves.on([](const OrderPlaced& placed) { return placed.labels(); },
               [](ShelfSummary& shelf, const OrderPlaced&) { shelf.set_items(shelf.items() + 1); });
    shelves.on(
        [](const OrderCancelled& cancelled) {
            return cancelled.customer().empty() ? std::nullopt : std::optional{cancelled.customer()};
        },
        [](document<ShelfSummary>& shelf, const OrderCancelled&, const event_view& event) {
            CHECK(shelf.key() == "some");
            shelf->set_items(event.position.value);
        });
    shelves.on(by_stream, [](ShelfSummary& shelf, const CustomerForgotten&) { shelf.set_items(8); });
    plain_driver driver{world.store, file.models(), shelves};

    ShelfCounted counted;
    counted.set_shelf(-12);
    counted.set_items(3);
    append(world.store, counted);
    OrderPlaced placed;
    for (const char* label : {"a", "b", "a"}) placed.add_labels(label);
    append(world.store, placed);
    OrderCancelled cancelled;
    append(world.store, cancelled);
    cancelled.set_customer("some");
    append(world.store, cancelled);
    append(world.store, customer_forgotten("x"), "17");
    (void)driver.run();

    std::vector<std::string> all;
    foldline::documents<ShelfSummary>{file.models(), shelves}.each(
        [&](std::string_view key, const ShelfSummary& shelf) {
            all.push_back(std::string(key) + "=" + std::to_string(shelf.items()));
        });
    CHECK(all == std::vector<std::string>{"-12=3", "a=1", "b=1", "order-17=8", "some=4"});
}

TEST_CASE("document projection: events are kept in order by key where that is asked for") {
    auto customers = customers_projection();
    CHECK_FALSE(customers.has_order_key());
    customers.order_by_key();
    CHECK(customers.has_order_key());
    CHECK(customers.order_key(0, order_placed("anne", 1), {}) == "anne");
    CHECK(customers.order_key(1, customer_forgotten("bert"), {}) == "bert");

    const auto labels = [](const OrderPlaced& placed) { return placed.labels(); };
    const auto nothing = [](CustomerSummary&, const OrderPlaced&) {};
    customers_type several{"several", 1};
    several.on(labels, nothing);
    CHECK_THROWS_AS(several.order_by_key(), definition_error);
    customers_type before{"before", 1};
    before.order_by_key();
    CHECK_THROWS_AS(before.on(labels, nothing), definition_error);
}

TEST_CASE("document projection: a document is erased and made anew, whatever was stored or remembered of it") {
    for (const bool remembered : {false, true}) {
        world shop;
        shop.customers.order_by_key();
        append(shop.store, order_placed("anne", 1));
        append(shop.store, order_placed("anne", 2));
        append(shop.store, order_placed("bert", 3));
        (void)shop.driver.run();
        if (!remembered) shop.customers.rolled_back();
        {
            const auto session = begin_as_nobody(shop.file.models(), "customers");
            session->execute("update customers set document = x'ff' where key = 'anne'");
            CHECK(shop.customers.erase_key("anne", *session));
            CHECK(shop.customers.erase_key("nobody", *session));
            projection_dispatch dispatch{shop.store, shop.customers};
            (void)shop.store.read(read_query::all().before(global_position{3}), batch_limit{10},
                                  [&](const event_view& event) { dispatch.apply(event, *session); });
            shop.customers.flush(*session);
            session->commit(global_position{3}, {});
            shop.customers.committed(global_position{3});
        }
        CHECK(customer(shop.file, "anne")->total_minor() == 3);
        append(shop.store, order_placed("anne", 4));
        (void)shop.driver.run();
        CHECK(customer(shop.file, "anne")->total_minor() == 7);
        CHECK(customer(shop.file, "bert")->total_minor() == 3);
    }
}

TEST_CASE("document projection: a document that several streams may lead to is not erased with one of them") {
    world shop;
    append(shop.store, order_placed("anne", 1));
    (void)shop.driver.run();
    const auto session = begin_as_nobody(shop.file.models(), "customers");
    CHECK_FALSE(shop.customers.erase_key("anne", *session));
    session->commit(global_position{1}, {});
    CHECK(customer(shop.file, "anne"));
}

TEST_CASE("document projection: the fields that documents are found by must have one value") {
    customers_type customers{"customers", 1};
    for (const char* field : {"", "town", "address", "address.", "address.street", "country.code", "labels", "remarks",
                              "picture", "Country"}) {
        CAPTURE(field);
        CHECK_THROWS_AS(customers.index(field), definition_error);
    }
    customers.index("address.country");
    CHECK_THROWS_AS(customers.index("address.country"), definition_error);
    CHECK_THROWS_AS((customers_type{"Customers", 1}), definition_error);
    CHECK_THROWS_AS((customers_type{"customers", 0}), definition_error);
    customers.on(by_stream, [](CustomerSummary&, const OrderPlaced&) {});
    CHECK_THROWS_AS(customers.on(by_stream, [](CustomerSummary&, const OrderPlaced&) {}), definition_error);
}

TEST_CASE("document projection: its definition tells the message, its fields and its indexes") {
    const auto definition = [](auto projection) { return definition_of(projection); };
    const std::string plain = definition(customers_type{"customers", 1});
    CHECK(plain.find("foldline_tests.documents.v1.CustomerSummary") != std::string::npos);
    CHECK(plain != definition(document_projection<ShelfSummary>{"customers", 1}));
    customers_type indexed{"customers", 1};
    indexed.index("country");
    CHECK(plain != definition_of(indexed));
}

TEST_CASE("document projection: what is stored and is no document is named") {
    world shop;
    append(shop.store, order_placed("anne", 1));
    (void)shop.driver.run();
    {
        const auto session = begin_as_nobody(shop.file.models(), "customers");
        session->execute("update customers set document = x'ff'");
        session->commit(global_position{1}, {});
    }
    append(shop.store, order_placed("anne", 1));
    try {
        (void)shop.driver.run();
        FAIL("it was taken for a document");
    } catch (const corrupt_data& damaged) {
        CHECK(std::string(damaged.what()).find("customers") != std::string::npos);
        CHECK(std::string(damaged.what()).find("'anne'") != std::string::npos);
    }
    CHECK_THROWS_AS((void)customer(shop.file, "anne"), corrupt_data);
}

TEST_CASE("document projection: a document that could not be read back is not stored") {
    memory_world world;
    model_file file;
    document_projection<CustomerSummary> broken{"customers", 1};
    broken.on(&OrderPlaced::customer, [](CustomerSummary& to, const OrderPlaced&) { to.set_country("\xff"); });
    plain_driver driver{world.store, file.models(), broken};
    append(world.store, order_placed("anne", 1));
    CHECK_THROWS_AS((void)driver.run(), invalid_request);
    CHECK(foldline::documents<CustomerSummary>{file.models(), broken}.count() == 0);
}
