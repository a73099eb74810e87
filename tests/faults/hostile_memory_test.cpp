// Memory ends at each allocation of an opening, a read, a poll, a load in turn, or SQLite gets none of it: the caller
// hears of it, and the next question is answered in full.

#include "attack_line.hpp"
#include "failing_new.hpp"
#include "ledger.hpp"
#include "sqlite_world.hpp"

#include "support/account.hpp"
#include "support/account_upcasters.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/testing/old_event.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Asks the same question while one allocation after the other fails, until it has fewer of them. `ask` gives the answer;
/// a failure must be told, and the answer after it must be the one of before.
void fail_each_allocation(attack_line& line, const std::function<std::string()>& ask) {
    const std::string good = ask();
    int points = 0;
    int wrong = 0;
    for (std::int64_t nth = 0;; ++nth) {
        bool fired = false;
        try {
            std::string answer;
            {
                failing_allocation failing{nth};
                answer = ask();
                fired = failing.failed();
            }
            // What could be done without the memory was done right.
            wrong += answer == good ? 0 : 1;
        } catch (const std::bad_alloc&) {
            fired = true;
        } catch (const error&) {
            fired = true;
        }
        wrong += ask() == good ? 0 : 1;
        if (!fired) break;
        ++points;
    }
    line.add("questions");
    line.add("points", points);
    line.found.wrong += wrong;
    CHECK(points > 2);
    CHECK(wrong == 0);
}

std::string events_of(const event_store& store, const read_query& query) {
    std::string all;
    (void)store.read(query, batch_limit{1'000}, [&](const event_view& event) {
        all.append(event.stream.category).append(event.stream.id).append(event.payload).push_back('\n');
    });
    return all;
}

/// Appends of the ledger, and an account that needs an upcaster.
void fill(event_store& store) {
    ledger appends;
    for (int number = 0; number < 9; ++number) appends.append(store, number);
    bank::v1::AccountOpened opened;
    opened.set_owner("somebody whose name is longer than a short string holds");
    bank::v1::MoneyWithdrawn withdrawn;
    withdrawn.set_amount_major(3);
    const event_data old = testing::old_event(withdrawn);
    (void)store.append(
        append_request::to({"account", "1"}, expected_version::no_stream(), {to_event(opened), old, old}));
}

void ask_all(attack_line& line, event_store& store) {
    const auto ask = [&](const char* what, const std::function<std::string()>& question) {
        CAPTURE(std::string{what});
        fail_each_allocation(line, question);
    };
    ask("read everything", [&] { return events_of(store, read_query::all()); });
    ask("read a category backward", [&] { return events_of(store, read_query::category("account").backward()); });
    ask("follow", [&] {
        std::string seen;
        subscription follower{store, read_query::all(), batch_limit{4}};
        while (follower.poll([&](const event_view& event) { seen.append(event.payload).push_back('\n'); })) {}
        return seen;
    });
    ask("load an account through upcasters", [&] {
        upcasting_event_store current{store, account_upcasters()};
        const auto now = repository<account>{current}.load("1");
        return fmt::format("{} {} {}", now.version.value, now.state.owner, now.state.balance_minor);
    });
}

/// SQLite gets at most so many bytes more than it has, as long as this lives.
class starving_sqlite {
public:
    explicit starving_sqlite(std::int64_t more) { sqlite3_hard_heap_limit64(sqlite3_memory_used() + more); }
    starving_sqlite(const starving_sqlite&) = delete;
    starving_sqlite& operator=(const starving_sqlite&) = delete;
    ~starving_sqlite() { sqlite3_hard_heap_limit64(0); }
};

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("memory: a poll that ran out of it hands the rest out later, each event once") {
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        fill(world.open({}, sqlite::durability::off));
        const std::string all = events_of(*world.store, read_query::all());
        attack_line line{"memory: follower"};
        for (std::int64_t nth = 0; nth < 40; ++nth) {
            // A store that was read already has all that it needs.
            world.close();
            event_store& store = world.open({}, sqlite::durability::off);
            std::string seen;
            subscription follower{store, read_query::all(), batch_limit{4}};
            // The sink has memory of its own, so that what it was handed is noted.
            seen.reserve(all.size());
            const auto note = [&](const event_view& event) {
                seen.append(event.stream.category).append(event.stream.id).append(event.payload).push_back('\n');
            };
            try {
                failing_allocation failing{nth};
                while (follower.poll(note)) {}
            } catch (const std::bad_alloc&) {
                line.add("failures");
            } catch (const error&) {
                line.add("failures");
            }
            while (follower.poll(note)) {}
            line.found.wrong += seen == all ? 0 : 1;
            CHECK(seen == all);
        }
        CHECK(line.count("failures") > 0);
    }

    TEST_CASE("memory: whatever is asked of a memory store without it, the next answer is right") {
        system_clock clock;
        uuid_v7_source ids{clock};
        memory_event_store store{clock, ids};
        fill(store);
        attack_line line{"memory: asking a memory store"};
        ask_all(line, store);
    }

    TEST_CASE("memory: whatever is asked of an SQLite store without it, the next answer is right") {
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        fill(world.open({}, sqlite::durability::off));
        attack_line line{"memory: asking an SQLite store"};
        ask_all(line, *world.store);
    }

    TEST_CASE("memory: an SQLite store that cannot be opened without it can be opened later") {
        scratch_folder folder;
        sqlite_world world{folder / "store.db"};
        fill(world.open({}, sqlite::durability::off));
        attack_line line{"memory: opening a store"};
        fail_each_allocation(line, [&] {
            world.close();
            return events_of(world.open({}, sqlite::durability::off), read_query::all());
        });
    }

    TEST_CASE("memory: SQLite itself gets none, and an append is stored or not, a read whole or told") {
        scratch_folder folder;
        attack_line line{"memory: SQLite gets none"};
        for (std::int64_t more = 0; more < 60'000; more += 1'500) {
            CAPTURE(more);
            sqlite_world world{folder / fmt::format("{}.db", more)};
            ledger told_so;
            event_store& store = world.open({}, sqlite::durability::off);
            told_so.append(store, 0);
            for (int number = 1; number < 9; ++number) {
                const starving_sqlite starving{more};
                told_so.append(store, number);
            }
            {
                const starving_sqlite starving{more};
                try {
                    (void)events_of(store, read_query::all());
                } catch (const storage_error&) {
                    line.add("refused");
                }
            }
            told_so.append(store, 10);
            const auto compare_with = [&](event_store& told_of) {
                const disagreement found = told_so.compare(told_of);
                line.found += found;
                CHECK(found.to_string() == disagreement{}.to_string());
            };
            compare_with(store);
            world.close();
            compare_with(world.open({}, sqlite::durability::off));
            line.add("appends", 10);
            line.add("refused", told_so.count(told::nothing_stored));
        }
        CHECK(line.count("refused") > 0);
    }
}
