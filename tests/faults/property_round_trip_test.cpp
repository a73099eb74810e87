// What is written is read as it was: names, ids, times, metadata and snapshots, of any value that they can have.

#include "property.hpp"

#include "support/account.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/clock.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/uuid.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace property_round_trip {

using namespace foldline;
using namespace foldline_tests;

void append_utf8(std::string& text, std::uint32_t point) {
    const auto part = [&](std::uint32_t bits) { text.push_back(static_cast<char>(bits)); };
    const auto tail = [&](unsigned shift) { part(0x80U | ((point >> shift) & 0x3FU)); };
    if (point < 0x80) {
        part(point);
    } else if (point < 0x800) {
        part(0xC0U | (point >> 6U));
        tail(0);
    } else if (point < 0x10000) {
        part(0xE0U | (point >> 12U));
        tail(6);
        tail(0);
    } else {
        part(0xF0U | (point >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Text with code points of every length, at the edges of each too, up to `most` of them.
rc::Gen<std::string> any_text(std::uint32_t first, int most) {
    const auto point = rc::gen::suchThat(
        rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(first, 0x80), rc::gen::inRange<std::uint32_t>(0xA0, 0x800),
                       rc::gen::inRange<std::uint32_t>(0x800, 0x10000),
                       rc::gen::inRange<std::uint32_t>(0x10000, 0x110000),
                       rc::gen::element<std::uint32_t>(0xA0, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF)),
        [](std::uint32_t drawn) { return (drawn < 0xD800 || drawn > 0xDFFF) && drawn != 0x7F; });
    return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(point),
                        [most](std::vector<std::uint32_t> points) {
                            std::string text;
                            points.resize(std::min(points.size(), static_cast<std::size_t>(most)));
                            for (const std::uint32_t one : points) append_utf8(text, one);
                            return text;
                        });
}

uuid any_uuid() {
    uuid id;
    for (auto& byte : id.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
    return id;
}

}  // namespace property_round_trip

TEST_SUITE("faults") {
    TEST_CASE("property: metadata is decoded as it was encoded") {
        using namespace property_round_trip;
        attack_line line{"property: metadata"};
        REQUIRE(holds(line, "metadata", 100, [] {
            metadata data;
            for (std::string* field : {&data.correlation_id, &data.causation_id, &data.actor, &data.traceparent})
                *field = *any_text(0, 50);
            data.headers = *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
                rc::gen::pair(any_text(0, 20), any_text(0, 20)));
            RC_ASSERT(decode_metadata(encode(data)) == data);
            RC_ASSERT(encode(data).empty() == (data == metadata{}));
        }));
    }

    TEST_CASE("property: a stream is read as it was written, whatever its id") {
        using namespace property_round_trip;
        attack_line line{"property: stream id"};
        REQUIRE(holds(line, "stream_id", 100, [] {
            const auto text = *any_text(0x20, 60);
            RC_PRE(!text.empty());
            const std::string category =
                "a" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"az09_"}));
            const stream_id stream{category, text};
            RC_ASSERT(stream_id::parse(stream.to_string()) == stream);
            RC_ASSERT(stream.id() == text);
        }));
    }

    TEST_CASE("property: a UUID is read as it was written, in either case, and no text beside it is one") {
        using namespace property_round_trip;
        attack_line line{"property: UUID"};
        REQUIRE(holds(line, "uuid", 100, [] {
            const uuid id = any_uuid();
            std::string text = id.to_string();
            RC_ASSERT((uuid::parse(text) == id));
            std::string upper = text;
            for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            RC_ASSERT((uuid::parse(upper) == id));
            text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::elementOf(std::string{"g{ +\n"});
            RC_ASSERT(!uuid::parse(text).has_value());
        }));
    }

    TEST_CASE("property: a time is read as it was written, to the microsecond") {
        using namespace property_round_trip;
        // Years of four digits: others are no text that is read again.
        const std::int64_t first =
            timestamp{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}}.time_since_epoch().count();
        const std::int64_t last =
            timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}}.time_since_epoch().count();
        attack_line line{"property: timestamp"};
        REQUIRE(holds(line, "timestamp", 100, [&] {
            const timestamp time{std::chrono::microseconds{*rc::gen::inRange(first, last)}};
            RC_ASSERT((parse_timestamp(to_string(time)) == time));
        }));
    }

    TEST_CASE("property: a state is restored as it was saved") {
        using namespace property_round_trip;
        attack_line line{"property: snapshot"};
        REQUIRE(holds(line, "snapshot", 100, [] {
            account::state state;
            state.open = *rc::gen::arbitrary<bool>();
            state.owner = *any_text(0, 50);
            state.balance_minor = *rc::gen::arbitrary<std::int64_t>();
            state.notes = *rc::gen::container<std::vector<std::string>>(any_text(0, 20));
            account::snapshot read;
            RC_ASSERT(read.ParseFromString(account::save(state).SerializeAsString()));
            RC_ASSERT((account::restore(read) == state));
        }));
    }
}
