#include <foldline/snapshots/snapshotting_repository.hpp>

#include "support/account.hpp"
#include "support/account_upcasters.hpp"
#include "support/memory_world.hpp"
#include "support/spying_event_store.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline_tests/bank/v2/account.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/snapshots/memory_snapshot_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace foldline;
using namespace foldline_tests;
using bank::v1::AccountOpened;
using bank::v1::MoneyDeposited;

const stream_id ada{"account", "ada"};

timestamp day(int of_month) { return std::chrono::sys_days{std::chrono::year{2010} / 12 / of_month}; }

MoneyDeposited deposited(std::int64_t amount_minor) {
    MoneyDeposited event;
    event.set_amount_minor(amount_minor);
    return event;
}

/// An account in a store that counts, with snapshots beside it.
struct bank_world : memory_world {
    spying_event_store spy{store};
    memory_snapshot_store snapshots;

    /// Opens the account `ada` and deposits 1, until its stream stands at `version`.
    static void grow_to(std::int64_t version, foldline::event_store& into) {
        const auto at = [&] {
            return into.read(read_query::stream(ada).backward(), batch_limit{1}, [](const event_view&) {});
        };
        if (at().events == 0) append_to(into, ada, {}, AccountOpened{});
        while (at().last_version.value < version) append_to(into, ada, {}, deposited(1));
    }
    void grow_to(std::int64_t version) { grow_to(version, store); }

    [[nodiscard]] std::vector<std::int64_t> kept_versions() const {
        std::vector<std::int64_t> versions;
        snapshot_query query{ada};
        while (const auto found = snapshots.nearest(query)) {
            versions.push_back(found->value.progress.version.value);
            query.before = found->value.progress.version;
        }
        return versions;
    }
};

/// The events that a load passes.
template <class Repository>
std::size_t events_read_by_load(const spying_event_store& spy, const Repository& accounts,
                                const as_of& when = latest{}) {
    const std::size_t before = spy.events_read;
    (void)accounts.load("ada", when);
    return spy.events_read - before;
}

class failing_snapshot_store final : public snapshot_store {
public:
    void save(const snapshot&, std::size_t) override { throw storage_error{13, "saving a snapshot", "disk full"}; }
    std::optional<found_snapshot> nearest(const snapshot_query&) const override {
        throw storage_error{10, "looking a snapshot up", "I/O error"};
    }
    void drop(const stream_id&, stream_version) override { throw std::logic_error("nothing to drop"); }
    void drop_all(const stream_id&) override {}
};

/// Always answers with the same snapshot, whatever it is asked for.
class stubborn_snapshot_store final : public snapshot_store {
public:
    explicit stubborn_snapshot_store(found_snapshot only) : only_(std::move(only)) {}
    void save(const snapshot&, std::size_t) override {}
    std::optional<found_snapshot> nearest(const snapshot_query&) const override { return only_; }
    void drop(const stream_id&, stream_version) override {}
    void drop_all(const stream_id&) override {}

private:
    found_snapshot only_;
};

/// The same account after a change of what its events mean.
struct reinterpreted_account : account {
    static constexpr int state_version = 2;
};

/// The same account, saved in another message.
struct reshaped_account : account {
    using snapshot = bank::v2::SavedAccount;
    static snapshot save(const state& now) {
        snapshot saved;
        saved.set_balance_minor(now.balance_minor);
        return saved;
    }
    static state restore(const snapshot& saved) { return {true, {}, saved.balance_minor(), {}}; }
};

/// The same account, whose state cannot always be restored.
struct fastidious_account : account {
    static bool refuses;
    static snapshot save(const state& now) { return account::save(now); }
    static state restore(const snapshot& saved) {
        if (refuses) throw std::runtime_error("an account without a soul");
        return account::restore(saved);
    }
};
bool fastidious_account::refuses = false;

/// An account whose state is a message itself.
struct plain_account {
    static constexpr std::string_view category = "account";
    using events = event_list<AccountOpened, MoneyDeposited>;
    using commands = command_list<deposit_money>;
    enum class refusal { none };
    using state = bank::v1::SavedAccount;
    using decision = foldline::decision<events, refusal>;
    static void evolve(state& now, const AccountOpened&) { now.set_open(true); }
    static void evolve(state& now, const MoneyDeposited& event) {
        now.set_balance_minor(now.balance_minor() + event.amount_minor());
    }
    static decision decide(const state&, const deposit_money& command) { return deposited(command.amount_minor); }
};

}  // namespace

TEST_CASE("snapshots: one is taken by the command that takes the stream past a multiple, and by no other") {
    bank_world world;
    snapshotting_repository<account> accounts{world.spy, world.snapshots, every(3).keeping(10)};
    accounts.handle("ada", open_account{"ada"});
    for (int version = 2; version <= 10; ++version) accounts.handle("ada", deposit_money{1, {}});
    CHECK(world.kept_versions() == std::vector<std::int64_t>{9, 6, 3});
    CHECK(accounts.counters().taken == 3);

    accounts.handle("ada", withdraw_money{1000, {}});
    CHECK(accounts.counters().taken == 3);
}

TEST_CASE("snapshots: only the latest of a stream are kept, as many as the policy says") {
    bank_world world;
    snapshotting_repository<account> accounts{world.store, world.snapshots, every(2).keeping(2)};
    accounts.handle("ada", open_account{"ada"});
    for (int version = 2; version <= 9; ++version) accounts.handle("ada", deposit_money{1, {}});
    CHECK(world.kept_versions() == std::vector<std::int64_t>{8, 6});
}

TEST_CASE("snapshots: a load begins at the snapshot, and answers what a replay does") {
    bank_world world;
    world.grow_to(100);
    snapshotting_repository<account> accounts{world.spy, world.snapshots, every(100)};
    CHECK(accounts.take_now("ada") == stream_version{100});
    world.grow_to(105);

    // The last event of the snapshot is looked at, the five after it are folded.
    CHECK(events_read_by_load(world.spy, accounts) == 6);
    const auto now = accounts.load("ada");
    const auto replayed = repository<account>{world.store}.load("ada");
    CHECK(now.state == replayed.state);
    CHECK(now.version == replayed.version);
    CHECK(now.position == replayed.position);
    CHECK(now.recorded_at == replayed.recorded_at);
    CHECK(now.latest_occurred == replayed.latest_occurred);
    CHECK(accounts.counters().used == 2);
}

TEST_CASE("snapshots: a command begins at the snapshot, and after a conflict folds only what is new") {
    bank_world world;
    world.grow_to(50);
    snapshotting_repository<account> accounts{world.spy, world.snapshots, every(1000)};
    accounts.take_now("ada");
    world.grow_to(52);

    world.spy.events_read = 0;
    world.spy.before_append = [&] { append_to(world.store, ada, {}, deposited(500), deposited(500)); };
    const auto outcome = accounts.handle("ada", withdraw_money{50, {}});
    REQUIRE(std::holds_alternative<accepted>(outcome));
    CHECK(std::get<accepted>(outcome).version == stream_version{55});
    // One for the snapshot's own last event, two after it, two that came between.
    CHECK(world.spy.events_read == 5);
}

TEST_CASE("snapshots: a stream without events has no snapshot to take") {
    bank_world world;
    snapshotting_repository<account> accounts{world.store, world.snapshots, every(1)};
    CHECK_FALSE(accounts.take_now("nobody").has_value());
    CHECK(accounts.counters().taken == 0);
}

TEST_CASE("snapshots: the past is loaded from the latest snapshot that is not too late for it") {
    bank_world world;
    snapshotting_repository<account> accounts{world.spy, world.snapshots, every(10).keeping(100)};
    accounts.handle("ada", open_account{"ada"});
    for (int version = 2; version <= 45; ++version) {
        world.time.advance(std::chrono::seconds{1});
        accounts.handle("ada", deposit_money{version, {}});
    }
    const repository<account> replay{world.store};
    for (int version = 0; version <= 46; ++version) {
        CAPTURE(version);
        const as_of questions[] = {at_version{version}, at_position{version},
                                   as_of_recorded{testing::manual_clock{}.now() + std::chrono::seconds{version - 1}},
                                   as_of_occurred{testing::manual_clock{}.now() + std::chrono::seconds{version - 1}}};
        for (const as_of& when : questions) {
            CAPTURE(when.index());
            const auto used_before = accounts.counters().used;
            const auto then = accounts.load("ada", when);
            const auto replayed = replay.load("ada", when);
            CHECK(then.state == replayed.state);
            CHECK(then.version == replayed.version);
            CHECK(accounts.counters().used == used_before + (version >= 10 ? 1 : 0));
        }
    }
    CHECK(events_read_by_load(world.spy, accounts, at_version{45}) == 6);
}

TEST_CASE("snapshots: as_of_occurred with a late event uses the snapshot that has nothing too late in it, or none") {
    bank_world world;
    snapshotting_repository<account> accounts{world.store, world.snapshots, every(1000).keeping(10)};
    append_to(world.store, ada, day(1), AccountOpened{});
    append_to(world.store, ada, day(2), deposited(10));
    accounts.take_now("ada");  // latest business time: day 2
    append_to(world.store, ada, day(5), deposited(100));
    append_to(world.store, ada, day(1), deposited(1000));  // recorded late
    accounts.take_now("ada");                              // latest business time: day 5

    const auto balance = [&](int of_month) {
        return accounts.load("ada", as_of_occurred{day(of_month)}).state.balance_minor;
    };
    CHECK(balance(5) == 1110);
    CHECK(accounts.counters().used == 2);  // `take_now` had begun at the first one
    CHECK(balance(4) == 1010);
    CHECK(accounts.counters().used == 3);
    CHECK(balance(2) == 1010);
    CHECK(accounts.counters().used == 4);
    CHECK(balance(1) == 1000);
    CHECK(accounts.counters().used == 4);
    CHECK(balance(1) == repository<account>{world.store}.load("ada", as_of_occurred{day(1)}).state.balance_minor);
}

TEST_CASE("snapshots: one of another state_version is dropped, counted and replaced by replay") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");
    snapshotting_repository<reinterpreted_account> accounts{world.spy, world.snapshots, every(1000)};
    CHECK(accounts.load("ada").state.balance_minor == 9);
    CHECK(world.spy.events_read == 10);
    CHECK(accounts.counters().dropped_outdated == 1);
    CHECK(accounts.counters().dropped_damaged == 0);
    CHECK(world.kept_versions().empty());
}

TEST_CASE("snapshots: one of another shape of the state is dropped, though its bytes would decode") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");
    snapshotting_repository<reshaped_account> accounts{world.store, world.snapshots, every(10)};
    CHECK(accounts.load("ada").state.balance_minor == 9);
    CHECK(accounts.counters().used == 0);
    CHECK(accounts.counters().dropped_outdated == 1);
}

TEST_CASE("snapshots: one that was folded through other upcasters is dropped") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");
    upcasting_event_store upcasting{world.store, account_upcasters()};
    snapshotting_repository<account> accounts{upcasting, world.snapshots, every(10)};
    CHECK(accounts.load("ada").state.balance_minor == 9);
    CHECK(accounts.counters().dropped_outdated == 1);

    accounts.take_now("ada");
    (void)accounts.load("ada");
    CHECK(accounts.counters().used == 1);
}

TEST_CASE("snapshots: one of another history of the store is dropped") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.spy, world.snapshots, every(10)}.take_now("ada");
    store_identity branched = world.store.identity();
    branched.history = history_id{uuid::from_name("branch")};
    world.spy.pretended_identity = branched;
    snapshotting_repository<account> accounts{world.spy, world.snapshots, every(10)};
    CHECK(accounts.load("ada").state.balance_minor == 9);
    CHECK(accounts.counters().dropped_outdated == 1);
    CHECK(accounts.counters().used == 0);
}

TEST_CASE("snapshots: one beyond the end of a stream that was put back is dropped, though nobody renewed the history") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");

    memory_world restored;
    world.grow_to(6, restored.store);
    spying_event_store same_name{restored.store};
    same_name.pretended_identity = world.store.identity();
    snapshotting_repository<account> accounts{same_name, world.snapshots, every(1000)};
    const auto now = accounts.load("ada");
    CHECK(now.version == stream_version{6});
    CHECK(now.state.balance_minor == 5);
    CHECK(accounts.counters().dropped_outdated == 1);
    CHECK(std::holds_alternative<accepted>(accounts.handle("ada", deposit_money{1, {}})));
}

TEST_CASE("snapshots: one of a stream that was put back and has grown again otherwise is dropped") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");

    const auto load_from = [&](memory_world& regrown) {
        spying_event_store same_name{regrown.store};
        same_name.pretended_identity = world.store.identity();
        memory_snapshot_store copy;
        copy.save(world.snapshots.nearest({ada})->value, 1);
        snapshotting_repository<account> accounts{same_name, copy, every(1000)};
        const auto balance = accounts.load("ada").state.balance_minor;
        CHECK(accounts.counters().used + accounts.counters().dropped_outdated == 1);
        return std::pair{balance, accounts.counters().used == 1};
    };
    memory_world same;
    world.grow_to(10, same.store);
    CHECK(load_from(same) == std::pair<std::int64_t, bool>{9, true});

    memory_world elsewhere;  // the same versions at other positions
    append_to(elsewhere.store, {"account", "eve"}, {}, AccountOpened{});
    append_to(elsewhere.store, ada, {}, AccountOpened{});
    for (int i = 0; i < 9; ++i) append_to(elsewhere.store, ada, {}, deposited(7));
    CHECK(load_from(elsewhere) == std::pair<std::int64_t, bool>{63, false});

    memory_world later;  // the same versions at the same positions, a microsecond later
    append_to(later.store, ada, {}, AccountOpened{});
    later.time.advance(std::chrono::microseconds{1});
    for (int i = 0; i < 9; ++i) append_to(later.store, ada, {}, deposited(7));
    CHECK(load_from(later) == std::pair<std::int64_t, bool>{63, false});
}

TEST_CASE("snapshots: one whose last event an upcaster drops is still used") {
    bank_world world;
    append_to(world.store, ada, {}, AccountOpened{}, deposited(5), bank::v1::AccountClosed{});
    upcaster_chain chain;
    chain.add([](const bank::v1::AccountClosed&, emits<>) {});
    upcasting_event_store upcasting{world.store, chain};
    snapshotting_repository<account> accounts{upcasting, world.snapshots, every(1000)};
    CHECK(accounts.take_now("ada") == stream_version{3});
    CHECK(accounts.load("ada").state.balance_minor == 5);
    CHECK(accounts.counters().used == 1);
    CHECK(accounts.counters().dropped_outdated == 0);
}

TEST_CASE("snapshots: when the latest is no good the next older one is used") {
    bank_world world;
    snapshotting_repository<account> accounts{world.store, world.snapshots, every(1000).keeping(3)};
    world.grow_to(10);
    accounts.take_now("ada");
    world.grow_to(20);
    accounts.take_now("ada");
    snapshot foreign = world.snapshots.nearest({ada})->value;
    foreign.fingerprint += 1;
    foreign.state = "nonsense";
    world.snapshots.save(foreign, 3);

    const auto used_before = accounts.counters().used;
    CHECK(accounts.load("ada").state.balance_minor == 19);
    CHECK(accounts.counters().used == used_before + 1);
    CHECK(accounts.counters().dropped_outdated == 1);
    CHECK(world.kept_versions() == std::vector<std::int64_t>{10});
}

TEST_CASE("snapshots: a state that does not decode, or that the aggregate cannot restore, is dropped as damaged") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<fastidious_account> accounts{world.store, world.snapshots, every(1000)};

    accounts.take_now("ada");
    snapshot garbled = world.snapshots.nearest({ada})->value;
    garbled.state = "\xff\xff";
    world.snapshots.save(garbled, 1);
    CHECK(accounts.load("ada").state.balance_minor == 9);
    CHECK(accounts.counters().dropped_damaged == 1);
    CHECK(accounts.counters().last_error == "snapshot of account-ada at version 10: its state does not decode");

    accounts.take_now("ada");
    fastidious_account::refuses = true;
    CHECK(accounts.load("ada").state.balance_minor == 9);
    fastidious_account::refuses = false;
    CHECK(accounts.counters().dropped_damaged == 2);
    CHECK(accounts.counters().last_error.find("an account without a soul") != std::string::npos);
    CHECK(world.kept_versions().empty());
}

TEST_CASE("snapshots: no failure of the snapshot store fails a load or a command, and none is silent") {
    bank_world world;
    failing_snapshot_store broken;
    snapshotting_repository<account> accounts{world.store, broken, every(1)};
    CHECK(std::holds_alternative<accepted>(accounts.handle("ada", open_account{"ada"})));
    CHECK(std::holds_alternative<accepted>(accounts.handle("ada", deposit_money{5, {}})));
    CHECK(accounts.load("ada").state.balance_minor == 5);

    const auto counters = accounts.counters();
    CHECK(counters.taken == 0);
    CHECK(counters.failed_to_save == 2);
    CHECK(counters.failed_to_read == 3);
    CHECK(counters.last_error.find("looking a snapshot up: I/O error") != std::string::npos);
    CHECK_THROWS_AS((void)accounts.take_now("ada"), storage_error);
}

TEST_CASE("snapshots: a store that answers beside the question is neither believed nor asked for ever") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<account>{world.store, world.snapshots, every(10)}.take_now("ada");
    const found_snapshot tenth = *world.snapshots.nearest({ada});

    stubborn_snapshot_store too_late{tenth};
    const snapshotting_repository<account> past{world.store, too_late, every(10)};
    CHECK(past.load("ada", at_version{5}).state.balance_minor == 4);
    CHECK(past.counters().used == 0);
    CHECK(past.counters().failed_to_read == 1);

    stubborn_snapshot_store damaged{{tenth.value, snapshot_bytes::damaged}};
    const snapshotting_repository<account> present{world.store, damaged, every(10)};
    CHECK(present.load("ada").state.balance_minor == 9);
    CHECK(present.counters().dropped_damaged == 1);
    CHECK(present.counters().failed_to_read == 1);
}

TEST_CASE("snapshots: a state that is a message needs nothing written") {
    bank_world world;
    world.grow_to(10);
    snapshotting_repository<plain_account> accounts{world.spy, world.snapshots, every(5)};
    accounts.handle("ada", deposit_money{1, {}});
    CHECK(world.kept_versions() == std::vector<std::int64_t>{11});
    CHECK(accounts.load("ada").state.balance_minor() == 10);
    CHECK(accounts.counters().used == 1);
}

TEST_CASE("snapshots: a repository with snapshots is passed where any repository is asked for") {
    bank_world world;
    world.grow_to(3);
    const snapshotting_repository<account> accounts{world.store, world.snapshots, every(5)};
    const repository<account>& any = accounts;
    CHECK(any.load("ada").state.balance_minor == 2);
}
