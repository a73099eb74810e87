#include "schema_messages.hpp"
#include "support/seed.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

#include <doctest/doctest.h>
#include <google/protobuf/stubs/logging.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace foldline;
using namespace foldline_tests;

namespace {

const order_class& old_orders() {
    static const order_class made{R"(
        message Order {
            int64 total = 1; uint64 weight = 2; double rate = 3; bool gift = 4; string note = 5; bytes raw = 6; State state = 7;
            Order inner = 8; repeated Order parts = 9; map<string, Order> by_name = 10; map<int32, int64> stops = 11;
            repeated sint32 numbers = 12; oneof pay { int32 cash = 13; string card = 14; Order trade = 15; }
            optional float factor = 16;
        }
        enum State { NEW = 0; PAID = 1; LOST = 2; })"};
    return made;
}

const order_class& new_orders() {
    static const order_class made{R"(
        message Order {
            int32 total = 11; int64 weight = 2; float rate = 3; int32 gift = 4; bytes note = 5; bytes raw = 16; int32 state = 7;
            Order inner = 8; repeated Order parts = 19; map<string, Order> by_name = 10; map<int64, int32> stops = 11001;
            repeated uint32 numbers = 12; int64 cash = 13; oneof label { string card = 14; string tag = 21; }
            Order trade = 15; optional double factor = 1; string currency = 20; State stage = 22;
        }
        enum State { NEW = 0; PAID = 1; })"};
    return made;
}

using random_source = std::mt19937_64;

std::size_t below(random_source& random, std::size_t bound) { return random() % bound; }

template <class List>
auto one_of(random_source& random, const List& list) {
    return list[below(random, std::size(list))];
}

std::string random_path(random_source& random) {
    static constexpr const char* names[] = {"total",   "weight", "rate",    "gift",   "note",  "raw",      "state",
                                            "inner",   "parts",  "by_name", "stops",  "cash",  "card",     "trade",
                                            "numbers", "factor", "tag",     "key",    "value", "currency", "stage",
                                            "nowhere", "inner",  "parts",   "by_name"};
    std::string path = one_of(random, names);
    while (below(random, 3) == 0) path += std::string(".") + one_of(random, names);
    return path;
}

/// Rules that may suit no order at all; one that contradicts an earlier one is not taken.
declared_upcaster random_upcaster(random_source& random) {
    declared_upcaster made{{"order-placed", 1}, {"order-placed", 2}};
    static constexpr const char* values[] = {"", "0", "-7", "1.5", "true", "PAID", "99999999999", "text"};
    for (std::size_t rules = below(random, 8); rules > 0; --rules) {
        try {
            switch (below(random, 4)) {
                case 0: made.move(random_path(random), random_path(random)); break;
                case 1:
                    made.move(random_path(random), random_path(random),
                              {static_cast<std::int64_t>(random()), static_cast<std::int64_t>(below(random, 5)) - 1});
                    break;
                case 2: made.fill(random_path(random), one_of(random, values)); break;
                default: made.leave_out(random_path(random)); break;
            }
        } catch (const definition_error&) {}
    }
    return made;
}

/// Bytes that are often an order: fields of every number and wire type, some of them nested.
std::string random_bytes(random_source& random, int depth) {
    std::string bytes;
    const auto varint = [&](std::uint64_t number) {
        for (; number >= 128; number >>= 7U) bytes += static_cast<char>(number | 128U);
        bytes += static_cast<char>(number);
    };
    for (std::size_t fields = below(random, 6); fields > 0; --fields) {
        const std::uint64_t number = 1 + below(random, 24);
        switch (below(random, 4)) {
            case 0:
                varint(number << 3U);
                varint(random() >> below(random, 64));
                break;
            case 1:
                varint((number << 3U) | 1U);
                for (int i = 0; i < 8; ++i) bytes += static_cast<char>(random());
                break;
            default: {
                const std::string inner = depth > 0 && below(random, 2) == 0 ? random_bytes(random, depth - 1) : "text";
                varint((number << 3U) | 2U);
                varint(inner.size());
                bytes += inner;
            }
        }
    }
    return bytes;
}

message_ptr random_order(random_source& random) {
    message_ptr order = old_orders().make();
    while (!order->ParseFromString(random_bytes(random, 4))) order->Clear();
    return order;
}

}  // namespace

TEST_CASE("declared upcaster: whatever the rules, what is encoded is decoded again to the same") {
    const auto seed = seed_of_this_run();
    CAPTURE(seed);
    random_source random{seed};
    for (int i = 0; i < 2'000; ++i) {
        const declared_upcaster step = random_upcaster(random);
        CAPTURE(step.to_string());
        const std::string bytes = step.encode();
        const declared_upcaster again = decode_declared_upcaster(bytes);
        REQUIRE(again == step);
        REQUIRE(again.encode() == bytes);
        REQUIRE(again.to_string() == step.to_string());
    }
}

TEST_CASE("declared upcaster: bytes that were changed are refused or decoded, and nothing else") {
    const auto seed = seed_of_this_run();
    CAPTURE(seed);
    random_source random{seed};
    const google::protobuf::LogSilencer quiet;
    int refused = 0;
    int decoded = 0;
    for (int i = 0; i < 2'000; ++i) {
        std::string bytes = random_upcaster(random).encode();
        for (std::size_t changes = 1 + below(random, 3); changes > 0; --changes)
            bytes[below(random, bytes.size())] = static_cast<char>(random());
        try {
            const declared_upcaster read = decode_declared_upcaster(bytes);
            ++decoded;
            REQUIRE(decode_declared_upcaster(read.encode()) == read);
        } catch (const definition_error&) {
            ++refused;
        }
    }
    CHECK(refused > 0);
    CHECK(decoded > 0);
}

TEST_CASE("declared upcaster: any rules on any order make one or throw, and checked ones fail over values only") {
    const auto seed = seed_of_this_run();
    CAPTURE(seed);
    random_source random{seed};
    const google::protobuf::LogSilencer quiet;
    int made_some = 0;
    int checked_some = 0;
    for (int i = 0; i < 3'000; ++i) {
        const declared_upcaster step = random_upcaster(random);
        CAPTURE(step.to_string());
        bool is_checked = true;
        try {
            step.check(old_orders().descriptor(), new_orders().descriptor());
            ++checked_some;
        } catch (const definition_error&) {
            is_checked = false;
        }
        const message_ptr old = random_order(random);
        const std::string before = old->DebugString();
        const message_ptr made = new_orders().make();
        try {
            step.apply(*old, *made);
            ++made_some;
            REQUIRE(new_orders().make()->ParseFromString(made->SerializeAsString()));
        } catch (const definition_error& refused) {
            CAPTURE(refused.what());
            REQUIRE_FALSE(is_checked);
        } catch (const error&) {}
        REQUIRE(old->DebugString() == before);
    }
    CHECK(made_some > 300);
    CHECK(checked_some > 30);
}
