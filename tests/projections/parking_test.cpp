#include "support/projecting.hpp"
#include "support/sales.hpp"

#include <foldline/core/error.hpp>
#include <foldline/testing/manual_clock.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

global_position at(std::int64_t position) { return global_position{position}; }

/// A shop whose projection fails wherever a test wants it to.
struct poisoned_shop {
    explicit poisoned_shop(error_policy policy, std::size_t batch = 4) {
        options.batch = batch_limit{batch};
        options.on_failure = policy;
        options.time = &world.time;
        options.ticks = &ticks;
    }

    [[nodiscard]] projector& projecting() {
        if (!running) running.emplace(world.store, file.models(), meddled, options);
        return *running;
    }
    [[nodiscard]] std::vector<parked_event> parked() {
        return file.models().dead_letters().list(parked_query{"sales"});
    }
    [[nodiscard]] std::vector<std::int64_t> positions_parked() {
        std::vector<std::int64_t> all;
        for (const parked_event& each : parked()) all.push_back(each.position.value);
        return all;
    }
    [[nodiscard]] std::vector<std::string> journal() {
        return rows_of(file.models(), "select position from sales_journal order by number");
    }

    memory_world world;
    testing::manual_monotonic_clock ticks;
    model_file file;
    std::function<void(const event_view&)> poison = [](const event_view&) {};
    sql_projection inner = sales_projection();
    // After the rows were written: what a failed event did has to go again.
    meddled_projection meddled{inner, [this](const event_view& event, sql_session&) { poison(event); }};
    projector_options options;
    std::optional<projector> running;
};

void fail_at(poisoned_shop& shop, std::int64_t position) {
    shop.poison = [position](const event_view& event) {
        if (event.position == global_position{position}) throw std::runtime_error("no paper");
    };
}

void append_one(poisoned_shop& shop, const std::string& till, std::int64_t units) {
    (void)append_to(shop.world.store, {"till", till}, {}, sold("EIRE", units));
}

}  // namespace

TEST_CASE("park: an event that fails stops its own stream, in order, and no other") {
    poisoned_shop shop{error_policy::park_at_once()};
    for (int i = 0; i < 4; ++i)
        for (const char* till : {"1", "2", "3"}) append_one(shop, till, 10);
    fail_at(shop, 5);  // the second of till 2
    shop.projecting().catch_up();

    CHECK(shop.projecting().position() == at(12));
    CHECK(shop.positions_parked() == std::vector<std::int64_t>{5, 8, 11});
    CHECK(shop.journal() == std::vector<std::string>{"1", "2", "3", "4", "6", "7", "9", "10", "12"});
    CHECK(rows_of(shop.file.models(), "select units from sales") == std::vector<std::string>{"90"});

    const auto parked = shop.parked();
    CHECK(parked[0].why == parked_event::reason::failed);
    CHECK(parked[0].order_key == "till-2");
    CHECK(parked[0].stream == "till-2");
    CHECK(parked[0].version == stream_version{2});
    CHECK(parked[0].type == "item-sold@2");
    CHECK(parked[0].error.find("no paper") != std::string::npos);
    CHECK(parked[1].why == parked_event::reason::behind);
    CHECK(parked[2].why == parked_event::reason::behind);
    CHECK(shop.projecting().status().front().parked == 3);
}

TEST_CASE("park: wherever the event stands in a batch, its neighbours have the right values") {
    for (std::int64_t failing = 1; failing <= 9; ++failing) {
        CAPTURE(failing);
        poisoned_shop shop{error_policy::park_at_once()};
        for (int i = 1; i <= 9; ++i) append_one(shop, std::to_string(i), i);
        fail_at(shop, failing);
        shop.projecting().catch_up();
        CHECK(rows_of(shop.file.models(), "select units from sales") ==
              std::vector<std::string>{std::to_string(45 - failing)});
        CHECK(shop.positions_parked() == std::vector<std::int64_t>{failing});
    }
}

TEST_CASE("park: a new worker knows what is parked") {
    poisoned_shop shop{error_policy::park_at_once()};
    append_one(shop, "1", 1);
    append_one(shop, "1", 2);
    fail_at(shop, 1);
    shop.projecting().catch_up();
    shop.running.reset();
    shop.file.reopen();
    append_one(shop, "1", 3);
    append_one(shop, "2", 4);
    shop.projecting().catch_up();
    CHECK(shop.positions_parked() == std::vector<std::int64_t>{1, 2, 3});
    CHECK(shop.journal() == std::vector<std::string>{"4"});
}

TEST_CASE("park: before that it is tried again, after the delays of the policy, while the rest of the rows stand") {
    error_policy policy;
    policy.retries = 2;
    policy.delays.first = 100ms;
    policy.delays.factor = 2;
    policy.delays.jitter = 0;
    poisoned_shop shop{policy};
    for (int i = 1; i <= 6; ++i) append_one(shop, std::to_string(i), 1);
    int tries = 0;
    shop.poison = [&](const event_view& event) {
        if (event.position != at(3)) return;
        ++tries;
        throw std::runtime_error("no paper");
    };
    projector& projecting = shop.projecting();
    CHECK_FALSE(projecting.run_batch());
    CHECK(tries == 1);
    CHECK(projecting.position() == at(2));
    CHECK(shop.journal() == std::vector<std::string>{"1", "2"});
    CHECK(projecting.status().front().doing == activity::retrying);
    CHECK(projecting.next_retry() == 100ms);

    shop.ticks.advance(99ms);
    CHECK_FALSE(projecting.run_batch());
    CHECK(tries == 1);
    shop.ticks.advance(1ms);
    CHECK_FALSE(projecting.run_batch());
    CHECK(tries == 2);
    CHECK(projecting.next_retry() == 200ms);
    CHECK(shop.positions_parked().empty());

    shop.ticks.advance(200ms);
    while (projecting.run_batch()) {}
    CHECK(tries == 3);
    CHECK(shop.positions_parked() == std::vector<std::int64_t>{3});
    CHECK(shop.parked().front().attempts == 3);
    CHECK(projecting.position() == at(6));
    CHECK(projecting.next_retry() == std::nullopt);
}

TEST_CASE("park: one that works when it is tried again is not parked, and nothing is applied twice") {
    error_policy policy;
    policy.delays.jitter = 0;
    poisoned_shop shop{policy};
    for (int i = 1; i <= 6; ++i) append_one(shop, std::to_string(i), 1);
    bool out_of_paper = true;
    shop.poison = [&](const event_view& event) {
        if (event.position == at(3) && out_of_paper) throw std::runtime_error("no paper");
    };
    CHECK_FALSE(shop.projecting().run_batch());
    out_of_paper = false;
    shop.ticks.advance(1min);
    while (shop.projecting().run_batch()) {}
    CHECK(shop.journal() == std::vector<std::string>{"1", "2", "3", "4", "5", "6"});
    CHECK(shop.parked().empty());
    CHECK(shop.projecting().status().front().doing == activity::current);
    CHECK(shop.projecting().status().front().error.empty());
}

TEST_CASE("park: an event is not to blame for a service that cannot be reached, however long that lasts") {
    error_policy policy;
    policy.retries = 1;
    policy.delays.jitter = 0;
    policy.breaker.failures = 3;
    policy.breaker.rest = 1min;
    poisoned_shop shop{policy};
    for (int i = 1; i <= 3; ++i) append_one(shop, "1", 1);
    int calls = 0;
    bool reachable = false;
    shop.poison = [&](const event_view&) {
        if (reachable) return;
        ++calls;
        throw unavailable("the printer does not answer");
    };
    for (int i = 0; i < 20; ++i) {
        CHECK_FALSE(shop.projecting().run_batch());
        shop.ticks.advance(2s);
    }
    CHECK(shop.parked().empty());
    CHECK(shop.projecting().position() == at(0));
    CHECK(shop.projecting().status().front().doing == activity::retrying);
    CHECK(shop.projecting().status().front().error.find("printer") != std::string::npos);
    CHECK(calls < 8);  // the breaker keeps it from calling every time

    reachable = true;
    shop.ticks.advance(2min);
    while (shop.projecting().run_batch()) {}
    CHECK(shop.projecting().position() == at(3));
}

TEST_CASE("park: a disk that fails is waited for, and blamed on no event") {
    poisoned_shop shop{error_policy::park_at_once()};
    for (int i = 1; i <= 3; ++i) append_one(shop, "1", 1);
    bool full = true;
    shop.poison = [&](const event_view&) {
        if (full) throw storage_error(13, "write to the disk", "it is full");
    };
    CHECK_FALSE(shop.projecting().run_batch());
    CHECK(shop.projecting().status().front().doing == activity::retrying);
    CHECK(shop.parked().empty());
    full = false;
    shop.ticks.advance(1min);
    while (shop.projecting().run_batch()) {}
    CHECK(shop.journal() == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("park: no more than the policy allows: then the projection stops, and nothing is lost") {
    error_policy policy = error_policy::park_at_once();
    policy.most_parked = 3;
    poisoned_shop shop{policy, 2};
    for (int i = 1; i <= 6; ++i) append_one(shop, "1", i);
    fail_at(shop, 1);
    CHECK_THROWS_AS(shop.projecting().catch_up(), limit_exceeded);
    CHECK(shop.positions_parked().size() <= 3);
    const std::int64_t stopped_at = shop.projecting().position().value;
    CHECK(stopped_at == static_cast<std::int64_t>(shop.positions_parked().size()));
}

TEST_CASE("park: handlers that cannot be reached wait behind nothing but their own projection") {
    poisoned_shop shop{error_policy::park_at_once()};
    for (int i = 1; i <= 4; ++i) append_one(shop, std::to_string(i), i);
    sql_projection other{"other", 1};
    other.table("other", "create table other (units integer)");
    other.on([](const sales::v1::ItemSold& event, const event_view&, sql_session& rows) {
        rows.execute("insert into other values (?1)", event.units());
    });
    shop.poison = [](const event_view&) { throw unavailable("nobody is there"); };
    shop.projecting().add(other, shop.file.models());
    while (shop.projecting().run_batch()) {}
    CHECK(rows_of(shop.file.models(), "select sum(units) from other") == std::vector<std::string>{"10"});
}

TEST_CASE("park: pausing stops it before the next batch, and resuming goes on where it was") {
    poisoned_shop shop{error_policy::park_at_once(), 2};
    for (int i = 1; i <= 8; ++i) append_one(shop, "1", i);
    CHECK(shop.projecting().run_batch());
    shop.file.models().pause("sales", true);
    while (shop.projecting().run_batch()) {}
    CHECK(shop.projecting().position() == at(2));
    CHECK(shop.projecting().status().front().doing == activity::paused);
    shop.file.models().pause("sales", false);
    while (shop.projecting().run_batch()) {}
    CHECK(shop.projecting().position() == at(8));
    CHECK(shop.journal().size() == 8);
}

TEST_CASE("status: what has more to do and does not get on is stalled, what has nothing to do is current") {
    poisoned_shop shop{error_policy::park_at_once(), 2};
    shop.options.stalled_after = 30s;
    projector& projecting = shop.projecting();
    CHECK_FALSE(projecting.run_batch());
    shop.ticks.advance(1h);
    CHECK(projecting.status().front().doing == activity::current);
    CHECK_FALSE(projecting.run_batch());  // as a runner does, every now and then
    for (int i = 1; i <= 4; ++i) append_one(shop, "1", i);
    CHECK(projecting.status().front().doing == activity::behind);
    CHECK(projecting.run_batch());
    shop.world.time.advance(90s);
    CHECK(projecting.status().front().doing == activity::behind);
    CHECK(projecting.status().front().lag == 90s);
    shop.ticks.advance(31s);
    CHECK(projecting.status().front().doing == activity::stalled);
    CHECK_FALSE(health_of(projecting.status()).healthy);
    CHECK_FALSE(projecting.run_batch());
    CHECK(projecting.status().front().doing == activity::current);
    CHECK(projecting.status().front().lag == 0s);
}

namespace {

/// Writes nothing before the end of a batch, and cannot write the units of one event.
class late_writer final : public projection {
public:
    explicit late_writer(std::int64_t refused) : refused_(refused) {}

    [[nodiscard]] std::string_view name() const override { return "late"; }
    [[nodiscard]] std::uint32_t version() const override { return 1; }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return tables_; }
    [[nodiscard]] std::span<const projected_event> events() const override { return inner_.events(); }
    void apply(std::size_t, const google::protobuf::Message& message, const event_view&, sql_session&) override {
        if (const auto* line = dynamic_cast<const sales::v1::ItemSold*>(&message)) held_.push_back(line->units());
    }
    void flush(sql_session& rows) override {
        for (const std::int64_t units : held_) {
            if (units == refused_) throw std::runtime_error("no room for this one");
            rows.execute("insert into late values (?1)", units);
        }
        held_.clear();
    }
    void rolled_back() override { held_.clear(); }

private:
    std::int64_t refused_;
    sql_projection inner_ = sales_projection();
    std::vector<read_model_table> tables_{{"late", "create table late (units integer not null)"}};
    std::vector<std::int64_t> held_;
};

}  // namespace

TEST_CASE("park: what cannot be written at the end of a batch is found out to be one event's, and parked") {
    poisoned_shop shop{error_policy::park_at_once()};
    for (int i = 1; i <= 9; ++i) append_one(shop, std::to_string(i), i);
    late_writer late{6};
    projector projecting{shop.world.store, shop.file.models(), late, shop.options};
    projecting.catch_up();
    CHECK(projecting.position() == at(9));
    CHECK(rows_of(shop.file.models(), "select units from late order by 1") ==
          std::vector<std::string>{"1", "2", "3", "4", "5", "7", "8", "9"});
    const auto parked = shop.file.models().dead_letters().list(parked_query{"late"});
    REQUIRE(parked.size() == 1);
    CHECK(parked.front().position == at(6));
    CHECK(parked.front().order_key == "till-6");
    CHECK(parked.front().error.find("no room") != std::string::npos);
}

TEST_CASE(
    "park: an event that somebody else has dealt with meanwhile is not parked, and nothing behind it comes again") {
    poisoned_shop shop{error_policy::park_at_once()};
    for (int i = 1; i <= 6; ++i) append_one(shop, std::to_string(i), 1);
    fail_at(shop, 3);
    watched_models interrupted{shop.file.models()};
    interrupted.before_commit = [&] {
        if (shop.file.models().find("sales")->position() == at(2))
            throw storage_error(13, "write to the disk", "it is full");
    };
    projector late{shop.world.store, interrupted, shop.meddled, shop.options};
    while (late.run_batch()) {}
    CHECK(late.position() == at(2));  // it could not park the event

    interrupted.before_commit = [] {};
    auto sales = sales_projection();
    projector{shop.world.store, shop.file.models(), sales, shop.options}.catch_up();
    append_one(shop, "7", 1);
    shop.poison = [](const event_view&) {};
    shop.ticks.advance(1min);
    while (late.run_batch()) {}
    CHECK(shop.positions_parked().empty());
    CHECK(shop.journal() == std::vector<std::string>{"1", "2", "3", "4", "5", "6", "7"});
}

TEST_CASE("park: an order key may be empty, and is told from no key at all") {
    memory_world world;
    model_file file;
    auto sales = sales_projection();
    projector{world.store, file.models(), sales}.catch_up();
    const partition_claim claim = claim_of(file.models(), "sales");
    const auto session = file.models().begin({&claim, 1});
    for (const char* key : {"", "till-1"}) {
        parked_event event;
        event.projection = "sales";
        event.order_key = key;
        event.position = at(*key == '\0' ? 1 : 2);
        session->park(event, 10);
    }
    session->commit(at(0), {});
    const dead_letter_store& letters = file.models().dead_letters();
    CHECK(letters.list({.projection = "sales"}).size() == 2);
    const auto nameless = letters.list({.projection = "sales", .order_key = ""});
    REQUIRE(nameless.size() == 1);
    CHECK(nameless.front().position == at(1));
}
