// Members of a group are stopped for longer than their leases, also in the middle of a handler, and go on when others
// have long taken their work; some are killed. Nothing may be applied twice, left out, or out of order in its stream.

#include "attack_line.hpp"
#include "child_process.hpp"
#include "planted_bug.hpp"
#include "planted_models.hpp"
#include "projection_world.hpp"
#include "sqlite_world.hpp"
#include "support/seed.hpp"

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/projections/group_worker.hpp>
#include <foldline/projections/projection_runner.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/mman.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;

constexpr lease_options short_leases{300ms, 100ms};
constexpr std::size_t members = 5;
constexpr std::size_t parts = 8;
constexpr auto patience = 120s;  // longer than anything here takes: where it passes, the test has failed

/// A number that every process sees that was forked since.
class shared_counter {
public:
    shared_counter()
        : memory_(::mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0)) {
        if (memory_ == MAP_FAILED) throw std::runtime_error("no memory can be shared");
        counter_ = new (memory_) std::atomic<std::int64_t>{0};
    }
    shared_counter(const shared_counter&) = delete;
    shared_counter& operator=(const shared_counter&) = delete;
    ~shared_counter() { ::munmap(memory_, sizeof(std::atomic<std::int64_t>)); }
    [[nodiscard]] std::atomic<std::int64_t>& operator*() const { return *counter_; }

private:
    void* memory_;
    std::atomic<std::int64_t>* counter_;
};

/// Takes long over some events, in front of them: it is there that a member is stopped with a batch in hand.
class slow_projection final : public projection {
public:
    [[nodiscard]] std::string_view name() const override { return inner_.name(); }
    [[nodiscard]] std::uint32_t version() const override { return inner_.version(); }
    [[nodiscard]] std::span<const read_model_table> tables() const override { return inner_.tables(); }
    [[nodiscard]] std::span<const projected_event> events() const override { return inner_.events(); }
    void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
               sql_session& rows) override {
        // Only the first event of a batch: from then on it would keep the others from writing, and be no zombie.
        if (std::exchange(is_first_, false)) std::this_thread::sleep_for(50ms);
        inner_.apply(wanted, message, event, rows);
    }
    void rolled_back() override { is_first_ = true; }
    void committed(global_position) override { is_first_ = true; }

private:
    sql_projection inner_ = sales_projection();
    bool is_first_ = true;
};

/// One file of events, one of rows, and the processes that work on them. Nothing of SQLite is open in this one until no
/// process is started any more.
class zombie_world {
public:
    zombie_world() { sqlite_world{events_}.open(); }

    [[nodiscard]] child_process start_writer() {
        return child_process{[this] {
            std::mt19937_64 random{attack_seed()};
            sqlite_world world{events_};
            event_store& store = world.open({}, sqlite::durability::off);
            while (*ends_ == 0) {
                append_at_random(store, random, 4, 40);
                std::this_thread::sleep_for(10ms);
            }
        }};
    }
    [[nodiscard]] child_process start_member(bool is_fenced) {
        return child_process{[this, is_fenced] { work(is_fenced); }};
    }

    void end_writer() { *ends_ = 1; }
    void end_members() { *ends_ = 2; }
    [[nodiscard]] std::int64_t refused() const { return *refused_; }

    [[nodiscard]] std::filesystem::path events() const { return events_; }
    [[nodiscard]] std::filesystem::path rows() const { return rows_; }

private:
    void work(bool is_fenced) {
        sqlite_world world{events_};
        const event_store& store = world.open({}, sqlite::durability::off);
        sqlite::database file{rows_, {.durable = sqlite::durability::off}};
        sqlite::sqlite_read_models models{file};
        std::unique_ptr<read_model_store> unfenced;
        if (!is_fenced) unfenced = std::make_unique<unfenced_models>(models);
        counting_models counted{unfenced ? *unfenced : models, [this] { ++*refused_; }};

        slow_projection sales;
        projector_options options;
        options.batch = batch_limit{200};
        projector works{store, options};
        works.add(sales, counted);
        const system_monotonic_clock ticks;
        group_worker group{models, worker_id{world.ids.next()}, ticks, short_leases};
        group.join("sales");
        projection_runner_options running;
        running.group = &group;
        running.running.fallback_interval = 20ms;
        running.keep_looking = true;
        commit_signal nothing;
        projection_runner runner{works, nothing, running};
        while (*ends_ < 2) std::this_thread::sleep_for(10ms);
    }

    scratch_folder folder_;
    std::filesystem::path events_ = folder_ / "events.db";
    std::filesystem::path rows_ = folder_ / "rows.db";
    shared_counter ends_;
    shared_counter refused_;
};

void rest(std::mt19937_64& random, std::chrono::milliseconds least, std::chrono::milliseconds most) {
    std::this_thread::sleep_for(std::chrono::milliseconds{drawn(random, least.count(), most.count())});
}

/// Stops and kills members; gives what the rows disagree with at the end.
disagreement attack(attack_line& line, int stops, bool is_fenced) {
    zombie_world world;
    {
        sqlite::database file{world.rows(), {.durable = sqlite::durability::off}};
        sqlite::sqlite_read_models models{file};
        sqlite_world events{world.events()};
        const auto sales = sales_projection();
        models.create(sales, events.open().identity(), partitions(parts));
    }
    child_process writer = world.start_writer();
    std::vector<child_process> group;
    for (std::size_t i = 0; i < members; ++i) group.push_back(world.start_member(is_fenced));
    std::mt19937_64& random = line.random();
    rest(random, 300ms, 300ms);
    for (int stop = 0; stop < stops; ++stop) {
        auto& victim = group[static_cast<std::size_t>(drawn(random, 0, std::ssize(group) - 1))];
        if (stop % 5 == 4) {
            line.add("kills");
            REQUIRE(victim.kill());
            victim = world.start_member(is_fenced);
        } else {
            line.add("stops");
            victim.pause();
            rest(random, short_leases.lease + short_leases.beat, 2 * short_leases.lease);
            victim.resume();
        }
        rest(random, 20ms, 150ms);
    }
    world.end_writer();
    REQUIRE(writer.ends_well());

    sqlite_world events{world.events()};
    const event_store& store = events.open();
    sqlite::database file{world.rows(), {.durable = sqlite::durability::off}};
    const sqlite::sqlite_read_models models{file};
    const bool caught_up = wait_for_rows(models, "sales", store.head(), patience);
    world.end_members();
    for (child_process& each : group) REQUIRE(each.ends_well());
    line.add("events", store.head().value);
    const auto present = models.find("sales");
    for (const partition_state& each : present->partitions)
        line.add("changes of hands", static_cast<std::int64_t>(each.epoch));
    line.add("transactions refused", world.refused());
    disagreement found = compare_lines(sales_lines(models), fresh_sales_lines(store));
    found.lost += caught_up ? 0 : 1;
    return found;
}

}  // namespace

TEST_SUITE("faults") {
    // guards: two owners (row 23); a lease taken from a busy worker (row 27)
    TEST_CASE("zombie: a member that was stopped past its lease changes nothing more, and the rows are right") {
        attack_line line{"zombie: 5 members of a group"};
        const disagreement found = attack(line, is_full_run() ? 1'000 : 25, !is_planted("no_fence"));
        line.found += found;
        CHECK(found.to_string() == disagreement{}.to_string());
        CHECK(line.count("changes of hands") > static_cast<std::int64_t>(parts));
        if (!is_planted("no_fence")) CHECK(line.count("transactions refused") > 0);
    }
}
