#include "support/sales.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/projections/dead_letters.hpp>
#include <foldline/projections/dispatch.hpp>
#include <foldline/upcasters/aliasing_event_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

namespace {

/// Keeps a row for each sale in the order in which they came, and fails at the positions in `poison`.
sql_projection journal_projection(const std::set<std::int64_t>& poison) {
    sql_projection journal{"journal", 1};
    journal.table("journal",
                  "create table journal (number integer primary key, position integer not null, stream text not null, "
                  "units integer not null) strict");
    journal.on([&poison](const sales::v1::ItemSold& event, const event_view& view, sql_session& rows) {
        rows.execute("insert into journal (position, stream, units) values (?1, ?2, ?3)", view.position.value,
                     view.stream.to_string(), event.units());
        if (poison.contains(view.position.value)) throw std::runtime_error("the sale is poison");
    });
    return journal;
}

parked_event letter_of(const projection& target, const event_store& store, const event_view& event, bool failed) {
    parked_event letter;
    letter.projection = target.name();
    letter.order_key = letter.stream = event.stream.to_string();
    letter.position = event.position;
    letter.version = event.version;
    letter.type = store.type_of(event.type).to_string();
    letter.why = failed ? parked_event::reason::failed : parked_event::reason::behind;
    if (failed) letter.error = "the first time";
    letter.attempts = failed ? 1 : 0;
    letter.first_failed = letter.last_failed = event.recorded_at;
    return letter;
}

/// Projects the whole store, but parks what is of these streams.
void project_but_park(const event_store& store, read_model_store& models, projection& target,
                      const std::set<std::string>& parked) {
    models.create(target, store.identity());
    const auto session = begin_as_nobody(models, target.name());
    projection_dispatch dispatch{store, target};
    std::set<std::string> begun;
    (void)store.read(read_query::all(), batch_limit{100'000}, [&](const event_view& event) {
        const std::string stream = event.stream.to_string();
        if (!parked.contains(stream)) return dispatch.apply(event, *session);
        if (event.part == 0) session->park(letter_of(target, store, event, begun.insert(stream).second), 100'000);
    });
    session->commit(store.head(), {});
}

/// Two tills that sold in turns, all sales of the first of which are parked: the odd positions.
struct parked_till {
    explicit parked_till(int sales_each = 3) {
        for (int sale = 0; sale < sales_each; ++sale)
            for (const char* till : {"1", "2"})
                (void)append_to(log.store, stream_id{"till", till}, {}, sold("EIRE", log.store.head().value + 1));
        project_but_park(log.store, file.models(), journal, {"till-1"});
    }

    [[nodiscard]] std::vector<std::int64_t> parked() const {
        std::vector<std::int64_t> found;
        for (const parked_event& each : letters.list({.limit = 100'000})) found.push_back(each.position.value);
        return found;
    }
    [[nodiscard]] std::vector<std::string> applied() const {
        return rows_of(models, "select position from journal where stream = 'till-1' order by number");
    }

    memory_world log;
    model_file file;
    read_model_store& models = file.models();
    std::set<std::int64_t> poison;
    sql_projection journal = journal_projection(poison);
    dead_letters letters{log.store, models, journal, log.time};
};

using positions = std::vector<std::int64_t>;
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("dead letters: what is parked is counted, listed and explained") {
    const parked_till world;
    const parked_counts count = world.letters.count();
    CHECK(count.keys == 1);
    CHECK(count.failed == 1);
    CHECK(count.behind == 2);
    CHECK(world.letters.keys() == lines{"till-1"});
    CHECK(world.letters.list({.failed_only = true}).size() == 1);
    CHECK(world.letters.list({.after = global_position{1}}).size() == 2);

    const auto waiting = world.letters.explain(global_position{5});
    REQUIRE(waiting.size() == 3);
    CHECK(waiting[0].why == parked_event::reason::failed);
    CHECK(waiting[0].error == "the first time");
    CHECK(waiting[2].why == parked_event::reason::behind);
    CHECK(waiting[2].position == global_position{5});
    CHECK(world.letters.explain("till-2").empty());
    CHECK(world.letters.explain("").empty());
    CHECK_THROWS_AS((void)world.letters.explain(global_position{2}), invalid_request);
}

TEST_CASE("dead letters: an event is shown as the store has it and as the projection would get it") {
    const parked_till world;
    const letter_details letter = world.letters.show(global_position{3});
    CHECK(letter.parked.position == global_position{3});
    CHECK(letter.unreadable.empty());
    REQUIRE(letter.parts.size() == 1);
    const recorded_event& event = letter.parts[0].event;
    CHECK(event.type_name == "item-sold");
    CHECK(event.stream.to_string() == "till-1");
    CHECK(event.version == stream_version{2});
    CHECK(event.payload == sold("EIRE", 3).SerializeAsString());
    REQUIRE(letter.parts[0].message);
    CHECK(dynamic_cast<const sales::v1::ItemSold&>(*letter.parts[0].message).units() == 3);
    CHECK_THROWS_AS((void)world.letters.show(global_position{2}), invalid_request);
}

TEST_CASE("dead letters: a retry applies what is parked in order, and moves no position") {
    parked_till world;
    for (int again = 0; again < 3; ++again) {
        const replay_result result = world.letters.retry_key("till-1");
        CHECK(result.applied == (again == 0 ? 3 : 0));
        CHECK(result.still_failing == 0);
        CHECK(position_of(world.models, "journal") == global_position{6});
    }
    CHECK(world.applied() == lines{"1", "3", "5"});
    CHECK(world.letters.count().keys == 0);
}

TEST_CASE("dead letters: a retry stops at the first event that fails, which leaves no rows and keeps its place") {
    parked_till world;
    world.poison = {3};
    world.log.time.advance(1h);
    const replay_result result = world.letters.retry_key("till-1");
    CHECK(result.applied == 1);
    CHECK(result.still_failing == 1);
    CHECK(result.error.find("the sale is poison") != std::string::npos);
    CHECK(world.applied() == lines{"1"});

    const auto left = world.letters.explain("till-1");
    REQUIRE(left.size() == 2);
    CHECK(left[0].position == global_position{3});
    CHECK(left[0].why == parked_event::reason::failed);
    CHECK(left[0].error == result.error);
    CHECK(left[0].attempts == 1);
    CHECK(left[0].last_failed == world.log.time.now());
    CHECK(left[1].why == parked_event::reason::behind);

    world.poison.clear();
    CHECK(world.letters.retry_key("till-1").applied == 2);
    CHECK(world.applied() == lines{"1", "3", "5"});
}

TEST_CASE("dead letters: one event is tried alone, and only if it is the first of its key") {
    parked_till world;
    CHECK_THROWS_WITH_AS((void)world.letters.retry_one(global_position{3}),
                         doctest::Contains("waits behind the one at 1"), invalid_request);
    CHECK_THROWS_AS((void)world.letters.retry_one(global_position{2}), invalid_request);
    CHECK(world.applied().empty());

    CHECK(world.letters.retry_one(global_position{1}) == replay_result{1, 0, ""});
    CHECK(world.parked() == positions{3, 5});
    CHECK_THROWS_AS((void)world.letters.retry_one(global_position{1}), invalid_request);

    world.poison = {3};
    CHECK(world.letters.retry_one(global_position{3}).still_failing == 1);
    CHECK(world.parked() == positions{3, 5});
}

TEST_CASE("dead letters: a key of several thousand events is replayed in order, a part of it at a time") {
    parked_till world{2'500};
    std::vector<std::uint64_t> applied;
    const replay_result result = world.letters.retry_all([&](const replay_progress& progress) {
        CHECK(progress.order_key == "till-1");
        CHECK(progress.keys == 1);
        applied.push_back(progress.so_far.applied);
    });
    CHECK(result.applied == 2'500);
    CHECK(applied == std::vector<std::uint64_t>{1'000, 2'000, 2'500});
    CHECK(world.parked().empty());
    const auto rows = world.applied();
    CHECK(rows.size() == 2'500);
    CHECK(std::is_sorted(rows.begin(), rows.end(),
                         [](const std::string& a, const std::string& b) { return std::stoll(a) < std::stoll(b); }));
}

TEST_CASE("dead letters: a retry that is interrupted keeps what was committed before") {
    parked_till world{1'500};
    CHECK_THROWS_AS((void)world.letters.retry_all([](const replay_progress&) { throw std::logic_error("enough"); }),
                    std::logic_error);
    CHECK(world.applied().size() == 1'000);
    CHECK(world.letters.retry_all().applied == 500);
    CHECK(world.applied().size() == 1'500);
}

TEST_CASE("dead letters: one key that fails again does not keep the others from being tried") {
    memory_world log;
    model_file file;
    for (const char* till : {"1", "2", "3"}) (void)append_to(log.store, stream_id{"till", till}, {}, sold("EIRE", 1));
    std::set<std::int64_t> poison{2};
    sql_projection journal = journal_projection(poison);
    project_but_park(log.store, file.models(), journal, {"till-1", "till-2", "till-3"});

    dead_letters letters{log.store, file.models(), journal, log.time};
    std::size_t done = 0;
    const replay_result result = letters.retry_all([&](const replay_progress& progress) { done = progress.keys_done; });
    CHECK(done == 3);
    CHECK(result.applied == 2);
    CHECK(result.still_failing == 1);
    CHECK(letters.keys() == lines{"till-2"});
}

TEST_CASE("dead letters: an event that was dropped is kept on record, and lets the next one be tried") {
    parked_till world;
    world.poison = {1};
    CHECK(world.letters.retry_all().still_failing == 1);
    CHECK_THROWS_AS((void)world.letters.drop(global_position{1}, ""), invalid_request);
    world.log.time.advance(1h);
    CHECK(world.letters.drop(global_position{1}, "entered twice"));
    CHECK_FALSE(world.letters.drop(global_position{1}, "entered twice"));

    const auto dropped = world.letters.dropped();
    REQUIRE(dropped.size() == 1);
    CHECK(dropped[0].event.position == global_position{1});
    CHECK(dropped[0].reason == "entered twice");
    CHECK(dropped[0].dropped == world.log.time.now());

    CHECK(world.letters.retry_one(global_position{3}).applied == 1);
    CHECK(world.letters.retry_all().applied == 1);
    CHECK(world.applied() == lines{"3", "5"});
}

TEST_CASE("dead letters: an event that the projection wants no longer counts as applied") {
    memory_world log;
    model_file file;
    (void)append_to(log.store, stream_id{"till", "1"}, {}, till_opened("1"), sold("EIRE", 2));
    std::set<std::int64_t> poison;
    sql_projection journal = journal_projection(poison);
    project_but_park(log.store, file.models(), journal, {"till-1"});
    dead_letters letters{log.store, file.models(), journal, log.time};
    CHECK(letters.show(global_position{1}).parts[0].message == nullptr);
    CHECK(letters.retry_all().applied == 2);
    CHECK(rows_of(file.models(), "select position from journal") == lines{"2"});
}

TEST_CASE("dead letters: an event that is not in the store any more fails, and says what to do") {
    memory_world log;
    model_file file;
    (void)append_to(log.store, stream_id{"till", "1"}, {}, sold("EIRE", 1));
    std::set<std::int64_t> poison;
    sql_projection journal = journal_projection(poison);
    file.models().create(journal, log.store.identity());
    {
        const auto session = begin_as_nobody(file.models(), "journal");
        parked_event lost;
        lost.projection = "journal";
        lost.order_key = lost.stream = "till-1";
        lost.position = global_position{9};
        lost.version = stream_version{9};
        lost.type = "item-sold@1";
        session->park(lost, 10);
        session->commit(global_position{1}, {});
    }
    dead_letters letters{log.store, file.models(), journal, log.time};
    CHECK(letters.show(global_position{9}).unreadable.find("drop it") != std::string::npos);
    const replay_result result = letters.retry_all();
    CHECK(result.still_failing == 1);
    CHECK(result.error.find("drop it") != std::string::npos);
}

TEST_CASE("dead letters: rows of another store or another version are not touched") {
    parked_till world;
    memory_world other;
    dead_letters foreign{other.store, world.models, world.journal, other.time};
    CHECK_THROWS_AS((void)foreign.retry_all(), incompatible_store);

    sql_projection newer{"journal", 2};
    dead_letters changed{world.log.store, world.models, newer, world.log.time};
    CHECK_THROWS_AS((void)changed.retry_all(), definition_error);
    CHECK(world.parked() == positions{1, 3, 5});
}

TEST_CASE("dead letters: what no event is to blame for changes nothing and is thrown on") {
    parked_till world;
    sql_projection journal = journal_projection(world.poison);
    meddled_projection reaching{journal, [](const event_view& event, sql_session&) {
                                    if (event.position.value == 3) throw unavailable("the bank does not answer");
                                }};
    dead_letters letters{world.log.store, world.models, reaching, world.log.time};
    CHECK_THROWS_AS((void)letters.retry_all(), unavailable);
    CHECK(world.parked() == positions{1, 3, 5});
    CHECK(world.letters.explain("till-1").front().error == "the first time");
    CHECK(world.applied().empty());
}

namespace {

/// Holds its rows back until `flush`, and remembers what it is told.
class holding_projection final : public projection {
public:
    explicit holding_projection(sql_projection& inner) : inner_(inner) {}
    lines told;

    [[nodiscard]] std::string_view name() const override { return inner_.name(); }
    [[nodiscard]] std::uint32_t version() const override { return inner_.version(); }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return inner_.tables(); }
    [[nodiscard]] std::span<const projected_event> events() const override { return inner_.events(); }
    void apply(std::size_t, const google::protobuf::Message&, const event_view& event, sql_session&) override {
        held_.push_back(event.position.value);
        if (event.position.value == 3) throw std::runtime_error("the sale is poison");
    }
    void flush(sql_session& rows) override {
        for (const std::int64_t position : std::exchange(held_, {}))
            rows.execute("insert into journal (position, stream, units) values (?1, 'till-1', 0)", position);
    }
    void rolled_back() override {
        held_.clear();
        told.push_back("rolled back");
    }
    void committed(global_position position) override { told.push_back(fmt::format("committed {}", position.value)); }

private:
    sql_projection& inner_;
    positions held_;
};

}  // namespace

TEST_CASE(
    "dead letters: a projection that holds rows back writes them with each event, and forgets those that failed") {
    parked_till world;
    holding_projection holding{world.journal};
    dead_letters letters{world.log.store, world.models, holding, world.log.time};
    CHECK(letters.retry_all().applied == 1);
    CHECK(world.applied() == lines{"1"});
    CHECK(holding.told == lines{"rolled back", "committed 6"});
    CHECK(letters.drop(global_position{3}, "entered twice"));
    CHECK(letters.retry_all().applied == 1);
    CHECK(world.applied() == lines{"1", "5"});
}

namespace {

sql_projection orders_projection() {
    sql_projection orders{"orders", 1};
    orders.table("orders",
                 "create table orders (number integer primary key, position integer not null, part integer not null, "
                 "customer text not null, total integer not null, currency text not null) strict");
    orders.on([](const shop::v3::OrderPlaced& placed, const event_view& view, sql_session& rows) {
        rows.execute("insert into orders (position, part, customer, total, currency) values (?1, ?2, ?3, ?4, ?5)",
                     view.position.value, view.part, placed.customer(), placed.total_minor(), placed.currency());
    });
    return orders;
}

shop::v1::OrderPlaced old_order(const std::string& customer, std::int64_t total) {
    shop::v1::OrderPlaced placed;
    placed.set_customer(customer);
    placed.set_total_major(total);
    return placed;
}

/// Parks all of one stream as it is stored, and reads it through the upcasters afterwards.
struct parked_orders {
    template <class... Messages>
    explicit parked_orders(const Messages&... messages) {
        (void)append_to(log.store, stream_id{"order", "1"}, {}, messages...);
        project_but_park(log.store, file.models(), orders, {"order-1"});
    }
    [[nodiscard]] lines rows() const {
        return rows_of(file.models(), "select position, part, customer, total, currency from orders order by number");
    }

    memory_world log;
    upcasting_event_store current{log.store, shop_upcasters()};
    mutable model_file file;
    sql_projection orders = orders_projection();
    dead_letters letters{current, file.models(), orders, log.time};
};

}  // namespace

TEST_CASE("dead letters: upcasters apply to what is tried again, also where they make several events of one") {
    shop::v1::OrderScripted scripted;
    scripted.set_script("psp");
    parked_orders world{old_order("Ada", 12), scripted};
    CHECK(world.letters.retry_all() == replay_result{2, 0, ""});
    CHECK(world.rows() == lines{"1|0|Ada|1200|GBP", "2|0|p0|0|GBP", "2|2|p2|0|GBP"});
}

TEST_CASE("dead letters: without the upcaster that it needs an event fails again; with it, it is applied") {
    parked_orders world{old_order("Ada", 12)};
    dead_letters plain{world.log.store, world.file.models(), world.orders, world.log.time};
    CHECK(plain.retry_all().still_failing == 1);
    CHECK(world.rows().empty());
    CHECK(world.letters.retry_all().applied == 1);
    CHECK(world.rows() == lines{"1|0|Ada|1200|GBP"});
}

TEST_CASE("dead letters: upcast events are shown in their parts; what cannot be upcast says why") {
    shop::v1::OrderScripted scripted;
    scripted.set_script("ps");
    shop::v1::OrderGarbled garbled;
    garbled.set_why("no such currency");
    parked_orders world{scripted, garbled};

    const letter_details shown = world.letters.show(global_position{1});
    REQUIRE(shown.parts.size() == 2);
    CHECK(shown.parts[0].event.type_version == 3);
    CHECK(dynamic_cast<const shop::v3::OrderPlaced&>(*shown.parts[0].message).customer() == "p0");
    CHECK(shown.parts[1].event.type_name == "order-shipped");

    const letter_details unreadable = world.letters.show(global_position{2});
    CHECK(unreadable.parts.empty());
    CHECK(unreadable.unreadable.find("no such currency") != std::string::npos);
    const replay_result result = world.letters.retry_all();
    CHECK(result.applied == 1);
    CHECK(result.error.find("no such currency") != std::string::npos);
}

TEST_CASE("dead letters: what is shown of an event that was upcast without its class outlives the store") {
    parked_orders world{old_order("Ada", 12)};
    sql_projection second{"orders", 1};
    second.table("orders", "create table orders (customer text not null) strict");
    second.on([](const shop::v2::OrderPlaced&, const event_view&, sql_session&) {});
    upcaster_chain chain;
    chain.add(declared_upcaster{{"order-placed", 1}, {"order-placed", 2}}.move("total_major", "total_minor",
                                                                               multiplied_by{100}));
    // Made of a stored schema alone: the class is the store's own.
    (void)append_to(world.log.store, stream_id{"order", "2"}, {}, shop::v2::OrderPlaced{});
    auto store = std::make_unique<upcasting_event_store>(world.log.store, chain);
    const letter_details letter =
        dead_letters{*store, world.file.models(), second, world.log.time}.show(global_position{1});
    store.reset();
    REQUIRE(letter.parts.size() == 1);
    const auto* shown = dynamic_cast<const shop::v2::OrderPlaced*>(letter.parts[0].message.get());
    REQUIRE(shown);
    CHECK(shown->total_minor() == 1'200);
}

TEST_CASE("dead letters: what was parked before its category got a new name is found under the new one") {
    parked_till world;
    aliasing_event_store renamed{world.log.store, {{"till", "desk"}}};
    dead_letters letters{renamed, world.models, world.journal, world.log.time};
    const letter_details letter = letters.show(global_position{3});
    CHECK(letter.unreadable == "");
    REQUIRE(letter.parts.size() == 1);
    CHECK(letter.parts[0].event.stream == stream_id{"desk", "1"});
    CHECK(letters.retry_all() == replay_result{3, 0, ""});
    CHECK(rows_of(world.models, "select position from journal where stream = 'desk-1' order by number") ==
          lines{"1", "3", "5"});
}
