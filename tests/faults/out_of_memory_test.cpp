// Each allocation of an append fails in turn. Whatever the caller is told, the store afterwards holds all of the append or
// nothing of it, answers rightly, and goes on.

#include "attack_line.hpp"
#include "failing_new.hpp"
#include "ledger.hpp"
#include "planted_bug.hpp"
#include "planted_stores.hpp"
#include "sqlite_world.hpp"

#include <foldline/eventstore/memory_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <variant>

namespace {

using foldline_tests::until_failure;

void* allocate(std::size_t size) {
    if (until_failure >= 0 && until_failure-- == 0) return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

// For the whole program of tests; other threads, and whoever arms nothing, are left alone.
// Not inlined, since GCC takes `free` in one and not `malloc` in the other for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* const memory = allocate(size);
    if (!memory) throw std::bad_alloc{};
    return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return ::operator new(size); }
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace {

using namespace foldline;
using namespace foldline_tests;

std::size_t count_events(const event_store& store) {
    return store.read(read_query::all(), batch_limit{1'000}, [](const event_view&) {}).events;
}

/// Appends the `number`-th of the ledger's requests while the `nth` allocation fails. Gives whether it failed.
bool append_short_of_memory(event_store& store, ledger& told_so, int number, std::int64_t nth) {
    const append_request request = ledger::request(number);
    bool fired = false;
    try {
        until_failure = nth;
        const append_result result = store.append(request);
        fired = until_failure < 0;
        until_failure = -1;
        told_so.note(number, told::stored, std::get<appended>(result));
    } catch (const std::bad_alloc&) {
        until_failure = -1;
        fired = true;
        told_so.note(number, told::unknown);
    }
    return fired;
}

enum class notes { before_commit, after_commit };

/// What came of appends that ran out of memory.
struct short_of_memory {
    disagreement found;
    int points = 0;
    int stored_and_not_told = 0;
};

/// Fails each allocation in turn, until an append has fewer of them. `reopen` gives the store as it is afterwards.
template <class Open, class Reopen>
short_of_memory run_out_of_memory(notes when, Open open, Reopen reopen) {
    short_of_memory all;
    for (int number : {0, 1, 2}) {  // two streams and own ids, one stream and ids of the store, one stream and own ids
        for (std::int64_t nth = 0;; ++nth) {
            CAPTURE(number);
            CAPTURE(nth);
            ledger told_so;
            event_store& honest = open();
            told_late_store late{honest};
            event_store& store = when == notes::after_commit ? static_cast<event_store&>(late) : honest;
            for (const int earlier : {8, 5}) told_so.append(store, earlier);  // 5 goes to the same stream as 0
            const std::size_t before = count_events(store);
            const bool fired = append_short_of_memory(store, told_so, number, nth);
            if (told_so.count(told::unknown) > 0 && count_events(store) != before) ++all.stored_and_not_told;
            for (const int next : {4, 10, 11, 7}) {
                told_so.append(store, next);
                CHECK(told_so.count(told::nothing_stored) == 0);
            }
            disagreement found = told_so.compare(store);
            found += told_so.compare(reopen());
            CHECK(found.to_string() == disagreement{}.to_string());
            all.found += found;
            if (!fired) break;
            ++all.points;
        }
    }
    return all;
}

/// The attack proper, with its line.
template <class Open, class Reopen>
void attack_memory(const char* name, Open open, Reopen reopen) {
    attack_line line{name};
    const auto all =
        run_out_of_memory(is_planted("told_late") ? notes::after_commit : notes::before_commit, open, reopen);
    line.add("points", all.points);
    line.add("stored and not told", all.stored_and_not_told);
    line.found = all.found;
    CHECK(all.points > 10);
    CHECK(all.stored_and_not_told == 0);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("memory: an SQLite store that runs out of it stores all or nothing, and goes on") {
        std::unique_ptr<scratch_folder> folder;
        std::unique_ptr<sqlite_world> world;
        const auto open = [&]() -> event_store& {
            world.reset();
            folder = std::make_unique<scratch_folder>();
            world = std::make_unique<sqlite_world>(*folder / "store.db");
            return world->open({}, sqlite::durability::off);
        };
        const auto reopen = [&]() -> event_store& {
            world->close();
            return world->open({}, sqlite::durability::off);
        };
        attack_memory("memory: SQLite store", open, reopen);
        world.reset();
    }

    TEST_CASE("memory: a memory store that runs out of it stores all or nothing, and goes on") {
        system_clock clock;
        uuid_v7_source ids{clock};
        std::optional<memory_event_store> store;
        attack_memory(
            "memory: memory store", [&]() -> event_store& { return store.emplace(clock, ids); },
            [&]() -> event_store& { return *store; });
    }

    TEST_CASE("memory: a store that needs more of it once it has stored is found out") {
        system_clock clock;
        uuid_v7_source ids{clock};
        std::optional<memory_event_store> store;
        const auto all = run_out_of_memory(
            notes::after_commit, [&]() -> event_store& { return store.emplace(clock, ids); },
            [&]() -> event_store& { return *store; });
        CHECK(all.stored_and_not_told > 0);
    }
}
