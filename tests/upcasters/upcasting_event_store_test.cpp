#include "support/memory_world.hpp"
#include "support/seed.hpp"
#include "support/shop_upcasters.hpp"

#include <foldline_tests/shop/v1/order.pb.h>
#include <foldline_tests/shop/v2/order.pb.h>
#include <foldline_tests/shop/v3/order.pb.h>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/testing/message_difference.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {

namespace v1 = foldline_tests::shop::v1;
namespace v2 = foldline_tests::shop::v2;
namespace v3 = foldline_tests::shop::v3;
using foldline_tests::append_to;
using foldline_tests::memory_world;
using foldline_tests::shop_upcasters;
using namespace foldline;

const stream_id order_1{"order", "1"};

v1::OrderPlaced placed_v1(const std::string& customer) {
    v1::OrderPlaced event;
    event.set_customer(customer);
    event.set_total_major(7);
    return event;
}
v3::OrderPlaced placed_v3(const std::string& customer) {
    v3::OrderPlaced event;
    event.set_customer(customer);
    return event;
}
v1::OrderScripted scripted(const std::string& script) {
    v1::OrderScripted event;
    event.set_script(script);
    return event;
}
v1::NoteAdded note(const std::string& text) {
    v1::NoteAdded event;
    event.set_text(text);
    return event;
}
v1::CartViewed viewed() { return {}; }

/// What a reader of current events gets to know of one, in a form that can be compared.
struct sighting {
    std::int64_t position;
    std::int64_t version;
    std::uint32_t part;
    std::string stream;
    std::string text;
};
std::string text_of(const std::vector<sighting>& sightings) {
    std::string text;
    for (const auto& seen : sightings)
        text += fmt::format("{} {} v{} part {}: {}\n", seen.position, seen.stream, seen.version, seen.part, seen.text);
    return text;
}

template <class Event>
bool read_as(const event_view& event, event_type type, std::string& text) {
    if (type != event_type{Event::foldline_event_name, Event::foldline_event_version}) return false;
    Event reused;
    text = testing::one_line(decode(event, reused, type));
    return true;
}

sighting sighting_of(const event_store& store, const event_view& event) {
    std::string text = "not current";
    const event_type type = store.type_of(event.type);
    (void)(read_as<v3::OrderPlaced>(event, type, text) || read_as<v1::OrderShipped>(event, type, text) ||
           read_as<v1::NoteAdded>(event, type, text));
    return {event.position.value, event.version.value, event.part, event.stream.to_string(), text};
}

std::vector<sighting> read_all(const event_store& store, read_query query, std::size_t limit) {
    std::vector<sighting> seen;
    for (;;) {
        const page page = store.read(query, batch_limit{limit},
                                     [&](const event_view& event) { seen.push_back(sighting_of(store, event)); });
        if (page.at_end) return seen;
        query = query.from(page);
    }
}

/// Stores random old and current events, and knows what a reader must see of them.
class random_shop {
public:
    explicit random_shop(std::uint64_t seed) : random_(seed) {}

    void append_one(event_store& store) {
        const stream_id stream{"order", std::to_string(random_() % 3)};
        switch (random_() % 5) {
            case 0: return append(store, stream, placed_v1("v1"), {placed_text("v1", 700)});
            case 1: return append(store, stream, viewed(), {});
            case 2: return append(store, stream, placed_v3("v3"), {testing::one_line(placed_v3("v3"))});
            case 3: return append(store, stream, note("plain"), {testing::one_line(note("plain"))});
            default: return append_script(store, stream);
        }
    }

    std::vector<sighting> expected;

private:
    static std::string placed_text(const std::string& customer, std::int64_t total_minor) {
        v3::OrderPlaced event = placed_v3(customer);
        event.set_total_minor(total_minor);
        event.set_currency("GBP");
        return testing::one_line(event);
    }

    void append_script(event_store& store, const stream_id& stream) {
        std::string script(random_() % 5, ' ');
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < script.size(); ++i) {
            script[i] = "psn"[random_() % 3];
            const std::string name = script[i] + std::to_string(i);
            v1::OrderShipped shipped;
            shipped.set_carrier(name);
            parts.push_back(script[i] == 'p'   ? placed_text(name, 0)
                            : script[i] == 's' ? testing::one_line(shipped)
                                               : testing::one_line(note(name)));
        }
        append(store, stream, scripted(script), parts);
    }

    template <class Event>
    void append(event_store& store, const stream_id& stream, const Event& event,
                const std::vector<std::string>& parts) {
        const auto stored = std::get<appended>(append_to(store, stream, std::nullopt, event));
        for (std::uint32_t part = 0; part < parts.size(); ++part)
            expected.push_back({stored.position.value, stored.version.value, part, stream.to_string(), parts[part]});
    }

    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("upcasting: any mixture of 1 to 0, 1 and n keeps the place of the original, at every page size") {
    const auto seed = foldline_tests::seed_of_this_run();
    CAPTURE(seed);
    memory_world world;
    random_shop shop{seed};
    for (int i = 0; i < 60; ++i) shop.append_one(world.store);
    const upcasting_event_store store{world.store, shop_upcasters()};

    for (std::size_t limit = 1; limit <= 61; ++limit) {
        CAPTURE(limit);
        REQUIRE(text_of(read_all(store, read_query::all(), limit)) == text_of(shop.expected));
        REQUIRE(text_of(read_all(store, read_query::category("order"), limit)) == text_of(shop.expected));
        for (const char* id : {"0", "1", "2"}) {
            std::vector<sighting> of_stream;
            for (const auto& seen : shop.expected)
                if (seen.stream == std::string("order-") + id) of_stream.push_back(seen);
            REQUIRE(text_of(read_all(store, read_query::stream({"order", id}), limit)) == text_of(of_stream));
        }
    }
}

TEST_CASE("upcasting: a backward read turns the stored events around, and leaves the parts of one in their order") {
    memory_world world;
    append_to(world.store, order_1, {}, note("first"), scripted("sn"), viewed(), placed_v1("last"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    for (std::size_t limit = 1; limit <= 5; ++limit) {
        const auto seen = read_all(store, read_query::stream(order_1).backward(), limit);
        REQUIRE(seen.size() == 4);
        CHECK(std::tuple(seen[0].version, seen[0].part) == std::tuple(4, 0U));
        CHECK(std::tuple(seen[1].version, seen[1].part) == std::tuple(2, 0U));
        CHECK(std::tuple(seen[2].version, seen[2].part) == std::tuple(2, 1U));
        CHECK(std::tuple(seen[3].version, seen[3].part) == std::tuple(1, 0U));
    }
}

TEST_CASE("upcasting: limits and pages count stored events, dropped ones at the end of a page too") {
    memory_world world;
    append_to(world.store, order_1, {}, scripted("psn"), viewed(), note("last"));
    const upcasting_event_store store{world.store, shop_upcasters()};

    int handed_out = 0;
    const page first =
        store.read(read_query::stream(order_1), batch_limit{2}, [&](const event_view&) { ++handed_out; });
    CHECK(handed_out == 3);
    CHECK(first.events == 2);
    CHECK(first.last_version == stream_version{2});
    CHECK(first.last_position == global_position{2});
    CHECK_FALSE(first.at_end);
}

TEST_CASE("upcasting: a reader knows the stored version behind a dropped event, so its append does not conflict") {
    memory_world world;
    append_to(world.store, order_1, {}, note("first"), viewed());
    upcasting_event_store store{world.store, shop_upcasters()};
    const page read = store.read(read_query::stream(order_1), batch_limit{10}, [](const event_view&) {});

    const auto result = store.append(
        append_request::to(order_1, expected_version::exactly(read.last_version), {to_event(note("second"))}));
    REQUIRE(std::holds_alternative<appended>(result));
    CHECK(std::get<appended>(result).version == stream_version{3});
}

TEST_CASE("upcasting: after a stop the remaining parts of the same stored event still come, and no other event") {
    for (std::uint32_t stop_at = 0; stop_at < 3; ++stop_at) {
        CAPTURE(stop_at);
        memory_world world;
        append_to(world.store, order_1, {}, note("before"), scripted("nsp"), note("after"));
        const upcasting_event_store store{world.store, shop_upcasters()};

        std::vector<std::uint32_t> parts;
        const page stopped = store.read(read_query::stream(order_1).after(stream_version{1}), batch_limit{10},
                                        [&](const event_view& event) {
                                            parts.push_back(event.part);
                                            return event.part == stop_at ? flow::stop : flow::go_on;
                                        });
        CHECK(parts == std::vector<std::uint32_t>{0, 1, 2});
        CHECK(stopped.last_version == stream_version{2});
        CHECK_FALSE(stopped.at_end);
    }
}

TEST_CASE("upcasting: times, id, metadata, stream and payload of the original go with every part") {
    memory_world world;
    const timestamp then = std::chrono::sys_days{std::chrono::year{2009} / 3 / 4};
    metadata meta;
    meta.actor = "clerk";
    event_data old = to_event(scripted("sp"), meta);
    old.occurred_at = then;
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {old}));
    const recorded_event stored = [&] {
        std::optional<recorded_event> copy;
        world.store.read(read_query::all(), batch_limit{1},
                         [&](const event_view& event) { copy.emplace(event, world.store.type_of(event.type)); });
        return *copy;
    }();

    const upcasting_event_store store{world.store, shop_upcasters()};
    int parts = 0;
    store.read(read_query::all(), batch_limit{1}, [&](const event_view& event) {
        ++parts;
        CHECK(event.id == stored.id);
        CHECK(event.recorded_at == stored.recorded_at);
        CHECK(event.occurred_at == then);
        CHECK(decode_metadata(event.metadata).actor == "clerk");
        CHECK(event.stream == order_1.ref());
        CHECK(event.payload == old.payload);
        CHECK(event.message != nullptr);
    });
    CHECK(parts == 2);
}

TEST_CASE("upcasting: a current event passes as it is stored") {
    memory_world world;
    append_to(world.store, order_1, {}, placed_v1("old"), note("current"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    store.read(read_query::stream(order_1).after(stream_version{1}), batch_limit{1}, [&](const event_view& event) {
        CHECK(event.message == nullptr);
        CHECK(store.type_of(event.type) == event_type{"note-added", 1});
        CHECK(event.payload == note("current").SerializeAsString());
    });
}

TEST_CASE("upcasting: a sink may read through the same store while it holds a part") {
    memory_world world;
    append_to(world.store, order_1, {}, placed_v1("first"), placed_v1("second"), scripted("pp"));
    const upcasting_event_store store{world.store, shop_upcasters()};

    std::vector<sighting> outer;
    store.read(read_query::all(), batch_limit{10}, [&](const event_view& event) {
        CHECK(read_all(store, read_query::all(), 1).size() == 4);
        outer.push_back(sighting_of(store, event));
    });
    CHECK(text_of(outer) == text_of(read_all(store, read_query::all(), 10)));
}

TEST_CASE("upcasting: an upcaster that throws is an event_failure that names the event and its place") {
    memory_world world;
    v1::OrderGarbled garbled;
    garbled.set_why("no total");
    append_to(world.store, order_1, {}, note("fine"), garbled);
    const upcasting_event_store store{world.store, shop_upcasters()};
    try {
        store.read(read_query::all(), batch_limit{10}, [](const event_view&) {});
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.type == "order-garbled@1");
        CHECK(failure.stream == "order-1");
        CHECK(failure.version == stream_version{2});
        CHECK(failure.position == global_position{2});
        CHECK(std::string(failure.what()).find("the upcaster (order-garbled@1 -> order-placed@3) failed: no total") !=
              std::string::npos);
    }
}

TEST_CASE("upcasting: bytes that do not decode are an event_failure of the old type") {
    memory_world world;
    event_data damaged = to_event(placed_v1("x"));
    damaged.payload = "\x0a\xff";
    (void)world.store.append(append_request::to(order_1, expected_version::any(), {damaged}));
    const upcasting_event_store store{world.store, shop_upcasters()};
    try {
        store.read(read_query::all(), batch_limit{10}, [](const event_view&) {});
        FAIL("not thrown");
    } catch (const event_failure& failure) {
        CHECK(failure.type == "order-placed@1");
    }
}

TEST_CASE("upcasting: what a sink throws is its own, not the upcaster's failure") {
    memory_world world;
    append_to(world.store, order_1, {}, scripted("pp"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    const auto read = [&] {
        store.read(read_query::all(), batch_limit{10}, [](const event_view&) { throw std::logic_error("mine"); });
    };
    CHECK_THROWS_WITH_AS(read(), "mine", std::logic_error);
}

TEST_CASE("upcasting: no part carries a field over from the part or event before it") {
    memory_world world;
    v1::OrderPlaced full = placed_v1("somebody");
    append_to(world.store, order_1, {}, full, v1::OrderPlaced{}, scripted("pp"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    const auto seen = read_all(store, read_query::all(), 10);
    REQUIRE(seen.size() == 4);
    CHECK(seen[0].text.find("somebody") != std::string::npos);
    CHECK(seen[1].text == "order-placed@3 { currency: \"GBP\" }");
    CHECK(seen[3].text == "order-placed@3 { customer: \"p1\" currency: \"GBP\" }");
}

TEST_CASE("upcasting: two chains one above the other number the parts of a stored event through") {
    memory_world world;
    append_to(world.store, order_1, {}, scripted("ns"), note("whole"), scripted("sns"));
    upcasting_event_store lower{world.store, shop_upcasters()};
    upcaster_chain twice;
    twice.add([](const v1::NoteAdded& old, emits<v2::OrderPlaced> emit) {
        v2::OrderPlaced placed;
        placed.set_customer(old.text());
        emit(placed);
        emit(placed);
    });
    const upcasting_event_store upper{lower, twice};

    std::vector<std::tuple<std::int64_t, std::uint32_t>> places;
    upper.read(read_query::all(), batch_limit{10},
               [&](const event_view& event) { places.emplace_back(event.version.value, event.part); });
    CHECK(places == std::vector<std::tuple<std::int64_t, std::uint32_t>>{
                        {1, 0}, {1, 1}, {1, 2}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {3, 2}, {3, 3}});
}

TEST_CASE(
    "upcasting: above another chain and with a filter, a part has the same number from wherever a reader starts") {
    memory_world world;
    append_to(world.store, order_1, {}, scripted("sss"), scripted("ns"), scripted("nns"));
    upcasting_event_store lower{world.store, shop_upcasters()};
    const upcasting_event_store upper{
        lower, upcaster_chain{}.add([](const v1::OrderShipped& old) { return placed_v3(old.carrier()); })};
    const auto numbers = [&](read_query query, std::size_t limit) {
        std::vector<std::tuple<std::int64_t, std::uint32_t>> places;
        for (query = query.of_types({schema_of(v3::OrderPlaced{}).type});;) {
            const page read = upper.read(query, batch_limit{limit}, [&](const event_view& event) {
                places.emplace_back(event.version.value, event.part);
            });
            if (read.at_end) return places;
            query = query.from(read);
        }
    };
    const auto whole = numbers(read_query::all(), 10);
    REQUIRE(whole.size() == 5);
    CHECK(numbers(read_query::all(), 1) == whole);
    auto backward = numbers(read_query::all().backward(), 10);
    std::stable_sort(backward.begin(), backward.end());
    CHECK(backward == whole);
}

TEST_CASE("upcasting: the fingerprint of reading changes with the chain, and an empty chain leaves it alone") {
    memory_world world;
    const upcasting_event_store plain{world.store, upcaster_chain{}};
    upcasting_event_store upcasting{world.store, shop_upcasters()};
    const upcasting_event_store above{upcasting, upcaster_chain{}.add([](const v1::NoteAdded&, emits<>) {})};
    CHECK(plain.reading_fingerprint() == world.store.reading_fingerprint());
    CHECK(upcasting.reading_fingerprint() != world.store.reading_fingerprint());
    CHECK(above.reading_fingerprint() != upcasting.reading_fingerprint());
}

TEST_CASE("upcasting: everything but reading is the store below") {
    memory_world world;
    upcasting_event_store store{world.store, shop_upcasters()};
    event_data event = to_event(placed_v1("a"));
    event.id = event_id{uuid::from_name("a")};
    const auto result = store.append(append_request::to(order_1, expected_version::no_stream(), {event}));
    REQUIRE(std::holds_alternative<appended>(result));
    CHECK(store.head() == global_position{1});
    CHECK(store.identity() == world.store.identity());
    CHECK(store.stored_types() == std::vector{event_type{"order-placed", 1}});
    CHECK(store.find_append(*event.id)->result.version == stream_version{1});
    CHECK_FALSE(store.find_append(event_id{uuid::from_name("b")}).has_value());
    CHECK(store.type_id({"order-placed", 1}) == world.store.type_id({"order-placed", 1}));
}

TEST_CASE("upcasting store: a batch keeps every message that an old event became") {
    memory_world world;
    append_to(world.store, order_1, {}, placed_v1("old"), scripted("ps"), note("own"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    std::vector<sighting> batch;
    subscription feed{store, read_query::all()};
    (void)feed.poll_batch([&](std::span<const event_view> events) {
        for (const event_view& event : events) batch.push_back(sighting_of(store, event));
    });
    CHECK(batch.size() == 4);
    CHECK(text_of(batch) == text_of(read_all(store, read_query::all(), 10)));
}

TEST_CASE("upcasting store: a query's types are those that events are handed on as") {
    memory_world world;
    append_to(world.store, order_1, {}, placed_v1("old"), note("own"), placed_v3("new"), scripted("psn"), viewed(),
              scripted("s"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    const auto lines = [&](const std::vector<wanted_type>& types, std::size_t limit) {
        std::vector<std::string> found;
        auto query = read_query::all().of_types(types);
        for (bool at_end = false; !at_end;) {
            const page page = store.read(query, batch_limit{limit}, [&](const event_view& event) {
                found.push_back(
                    fmt::format("{}.{} {}", event.position.value, event.part, store.type_of(event.type).to_string()));
            });
            at_end = page.at_end;
            query = query.from(page);
        }
        return found;
    };
    const auto type_of = [](const auto& message) { return schema_of(message).type; };
    const event_type placed = type_of(v3::OrderPlaced{});
    const event_type noted = type_of(v1::NoteAdded{});
    const event_type old_placed = type_of(v1::OrderPlaced{});
    using found = std::vector<std::string>;
    for (const std::size_t limit : {1U, 2U, 100U}) {
        CAPTURE(limit);
        CHECK(lines({placed}, limit) ==
              found{"1.0 " + placed.to_string(), "3.0 " + placed.to_string(), "4.0 " + placed.to_string()});
        CHECK(lines({noted}, limit) == found{"2.0 " + noted.to_string(), "4.2 " + noted.to_string()});
        CHECK(lines({wanted_type::every_version_of(std::string(placed.name))}, limit) == lines({placed}, limit));
        // Nothing is handed on as an old type any more.
        CHECK(lines({old_placed}, limit).empty());
        CHECK(lines({placed, noted}, limit).size() == 5);
    }
}

TEST_CASE("upcasting store: a filtered read asks the store below only for what may become a wanted event") {
    memory_world world;
    append_to(world.store, order_1, {}, placed_v1("old"), note("own"), viewed(), placed_v1("old"));
    const upcasting_event_store store{world.store, shop_upcasters()};
    const auto query = read_query::all().of_types({schema_of(v3::OrderPlaced{}).type});
    const page page = store.read(query, batch_limit{10}, [](const event_view&) {});
    CHECK(page.events == 2);
    CHECK(page.last_position == global_position{4});
    CHECK(page.at_end);
}
