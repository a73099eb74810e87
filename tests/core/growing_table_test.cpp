#include <foldline/core/detail/growing_table.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <thread>
#include <vector>

using foldline::detail::growing_table;

namespace {

struct named {
    int name;
    std::size_t number;
};

auto is_named(int name) {
    return [name](const named& entry) { return entry.name == name; };
}

const named& add(growing_table<named>& table, int name, std::size_t hash) {
    return table.find_or_add(hash, is_named(name), [name](std::size_t index) { return named{name, index}; });
}

}  // namespace

TEST_CASE("growing table: what was added is found by its hash and by its number, and stays where it is") {
    growing_table<named> table;
    CHECK(table.at(0) == nullptr);
    CHECK(table.find(1, is_named(1)) == nullptr);
    std::vector<const named*> added;
    for (int name = 0; name < 1'000; ++name) added.push_back(&add(table, name, static_cast<std::size_t>(name) * 7));
    for (int name = 0; name < 1'000; ++name) {
        const auto number = static_cast<std::size_t>(name);
        REQUIRE(added[number]->number == number);
        REQUIRE(table.at(number) == added[number]);
        REQUIRE(table.find(number * 7, is_named(name)) == added[number]);
        REQUIRE(&add(table, name, number * 7) == added[number]);
    }
    CHECK(table.at(1'000) == nullptr);
    CHECK(table.at(1'000'000) == nullptr);
    CHECK(table.find(7, is_named(1'000)) == nullptr);
}

TEST_CASE("growing table: entries of one hash are told apart") {
    growing_table<named> table;
    const std::size_t last_slot = ~std::size_t{0};
    for (int name = 0; name < 200; ++name) add(table, name, last_slot);
    for (int name = 0; name < 200; ++name) REQUIRE(table.find(last_slot, is_named(name))->name == name);
    CHECK(table.find(last_slot, is_named(200)) == nullptr);
}

TEST_CASE("growing table: an entry that could not be made is not there, and can be made later") {
    growing_table<named> table;
    const auto fail = [](std::size_t) -> named { throw std::runtime_error("no"); };
    for (int name = 0; name < 100; ++name) {
        CHECK_THROWS_AS((void)table.find_or_add(5, is_named(name), fail), std::runtime_error);
        CHECK(table.find(5, is_named(name)) == nullptr);
        CHECK(add(table, name, 5).number == static_cast<std::size_t>(name));
    }
}

TEST_SUITE("threads") {
    TEST_CASE("growing table: threads that add at once make each entry once, and agree on it") {
        constexpr int names = 3'000;
        growing_table<named> table;
        std::atomic<int> made{0};
        std::atomic<int> wrong{0};
        std::vector<std::vector<const named*>> seen(4);
        {
            std::vector<std::jthread> threads;
            for (auto& mine : seen)
                threads.emplace_back([&] {
                    for (int name = 0; name < names; ++name) {
                        const auto make = [&](std::size_t index) {
                            ++made;
                            return named{name, index};
                        };
                        // Neighbours share a hash, so that some of them meet on the way to a slot.
                        const auto hash = static_cast<std::size_t>(name / 2);
                        mine.push_back(&table.find_or_add(hash, is_named(name), make));
                        if (table.at(mine.back()->number) != mine.back()) ++wrong;
                        if (const named* next = table.find(hash, is_named(name + 1)); next && next->name != name + 1)
                            ++wrong;
                    }
                });
        }
        CHECK(made == names);
        CHECK(wrong == 0);
        for (const auto& mine : seen) CHECK(mine == seen[0]);
    }
}
