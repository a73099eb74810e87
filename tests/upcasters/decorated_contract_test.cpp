// A store that upcasts or renames is a store as any other, whatever stands below it.

#include "support/memory_world.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/event_store_contract.hpp>
#include <foldline/upcasters/aliasing_event_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// Steps that none of the contract's events take, and a new name of a category that its streams have.
upcaster_chain chain_beside() {
    upcaster_chain chain;
    chain.add([](const shop::v1::CartViewed&, emits<>) {});
    chain.add([](const shop::v1::OrderScripted&, emits<shop::v1::OrderShipped, shop::v1::OrderGarbled> emit) {
        emit(shop::v1::OrderShipped{});
        emit(shop::v1::OrderGarbled{});
    });
    return chain.rename_category("cart", "order");
}

/// What stands above a store; made anew with each opening.
using decoration = std::unique_ptr<event_store> (*)(event_store& below);

std::unique_ptr<event_store> with_empty_chain(event_store& below) {
    return std::make_unique<upcasting_event_store>(below, upcaster_chain{});
}
std::unique_ptr<event_store> with_chain(event_store& below) {
    return std::make_unique<upcasting_event_store>(below, chain_beside());
}
std::unique_ptr<event_store> with_aliases(event_store& below) {
    return std::make_unique<aliasing_event_store>(
        below, std::map<std::string, std::string>{{"cart", "order"}, {"basket", "cart"}, {"visit", "call"}});
}

struct decorated_memory : testing::opened_store {
    decorated_memory(const testing::store_parts& parts, decoration above)
        : memory(parts.time, parts.ids, parts.limits), current(above(memory)) {}
    event_store& store() override { return *current; }

    memory_event_store memory;
    std::unique_ptr<event_store> current;
};

struct decorated_file : testing::opened_store {
    decorated_file(const testing::store_parts& given, decoration with) : parts(given), above(with) { open(); }
    event_store& store() override { return *current; }
    bool reopen() override {
        current.reset();
        stored.reset();
        file.reset();
        open();
        return true;
    }
    void open() {
        file.emplace(folder / "store.db", sqlite::database_options{.durable = sqlite::durability::off});
        stored.emplace(*file, parts.time, parts.ids, sqlite::event_store_options{.limits = parts.limits});
        current = above(*stored);
    }

    scratch_folder folder;
    testing::store_parts parts;
    decoration above;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> stored;
    std::unique_ptr<event_store> current;
};

template <class Opened>
testing::store_factory factory(decoration above) {
    return [above](const testing::store_parts& parts) { return std::make_unique<Opened>(parts, above); };
}

enum class cases { of_one_thread, of_threads };

void check_contract(const testing::store_factory& make, cases which) {
    for (const auto& promise : testing::event_store_contract()) {
        if (promise.name.starts_with("threads:") != (which == cases::of_threads)) continue;
        const std::string why = testing::failure_of(promise, make).value_or("");
        CHECK_MESSAGE(why == "", std::string(promise.name), ": ", why);
    }
}

}  // namespace

TEST_CASE("upcasting: with an empty chain and with one, the store keeps the contract, in memory and over a file") {
    for (const decoration above : {&with_empty_chain, &with_chain}) {
        check_contract(factory<decorated_memory>(above), cases::of_one_thread);
        check_contract(factory<decorated_file>(above), cases::of_one_thread);
    }
}

TEST_CASE("alias: over a file the store keeps the contract") {
    check_contract(factory<decorated_file>(&with_aliases), cases::of_one_thread);
}

TEST_SUITE("threads") {
    TEST_CASE("upcasting: it keeps the contract's promises to many callers") {
        check_contract(factory<decorated_memory>(&with_chain), cases::of_threads);
        check_contract(factory<decorated_file>(&with_chain), cases::of_threads);
    }
    TEST_CASE("alias: over a file it keeps the contract's promises to many callers") {
        check_contract(factory<decorated_file>(&with_aliases), cases::of_threads);
    }
}
