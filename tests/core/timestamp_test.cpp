#include <foldline/core/clock.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace foldline;
using namespace std::chrono;

namespace {

timestamp at(std::int64_t micros) { return timestamp{microseconds{micros}}; }

}  // namespace

TEST_CASE("timestamp: prints as many decimals as it needs") {
    const timestamp second = sys_days{2010y / 12 / 1} + 8h + 26min;
    CHECK(to_string(second) == "2010-12-01T08:26:00Z");
    CHECK(to_string(second + 250ms) == "2010-12-01T08:26:00.25Z");
    CHECK(to_string(second + 1us) == "2010-12-01T08:26:00.000001Z");
    CHECK(to_string(second + 999'999us) == "2010-12-01T08:26:00.999999Z");
    CHECK(to_string(at(0)) == "1970-01-01T00:00:00Z");
    CHECK(to_string(at(-1)) == "1969-12-31T23:59:59.999999Z");
    CHECK(to_string(sys_days{9999y / 12 / 31} + 23h + 59min + 59s) == "9999-12-31T23:59:59Z");
}

TEST_CASE("timestamp: what is printed is read back") {
    // A step that is prime, so that all fields come in many combinations: 0000-01-01 to 9999-12-31.
    const timestamp first = sys_days{0y / 1 / 1};
    const timestamp last = sys_days{9999y / 12 / 31} + 24h - 1us;
    for (timestamp time = first; time <= last; time += microseconds{31'556'952'000'037}) {
        CAPTURE(to_string(time));
        REQUIRE(parse_timestamp(to_string(time)) == time);
    }
    CHECK(parse_timestamp(to_string(last)) == last);
}

TEST_CASE("timestamp: each of the forms is read") {
    const timestamp day = sys_days{2010y / 12 / 1};
    CHECK(parse_timestamp("2010-12-01") == day);
    for (const char* text : {"2010-12-01T08:26", "2010-12-01 08:26", "2010-12-01T08:26Z", "2010-12-01 08:26:00",
                             "2010-12-01T08:26:00Z", "2010-12-01T08:26:00.0", "2010-12-01T08:26:00.000000Z"}) {
        CAPTURE(text);
        CHECK(parse_timestamp(text) == day + 8h + 26min);
    }
    CHECK(parse_timestamp("2010-12-01 08:26:00.25") == day + 8h + 26min + 250ms);
    CHECK(parse_timestamp("2010-12-01T23:59:59.999999Z") == day + 24h - 1us);
    CHECK(parse_timestamp("2012-02-29") == timestamp{sys_days{2012y / 2 / 29}});
}

TEST_CASE("timestamp: anything else is refused") {
    for (const char* text : {"",
                             "2010",
                             "2010-12",
                             "2010-12-1",
                             "10-12-01",
                             "2010/12/01",
                             "2010-13-01",
                             "2010-00-01",
                             "2010-12-00",
                             "2010-12-32",
                             "2011-02-29",
                             "2010-02-30",
                             " 2010-12-01",
                             "2010-12-01 ",
                             "2010-12-01Z",
                             "2010-12-01T",
                             "2010-12-01T08",
                             "2010-12-01T08:",
                             "2010-12-01T8:26",
                             "2010-12-01T24:00",
                             "2010-12-01T08:60",
                             "2010-12-01T08:26:60",
                             "2010-12-01T08:26:",
                             "2010-12-01T08:26:00.",
                             "2010-12-01T08:26:00.0000000",
                             "2010-12-01T08:26.5",
                             "2010-12-01T08:26:00,5",
                             "2010-12-01T08:26:00z",
                             "2010-12-01t08:26:00",
                             "2010-12-01T08:26:00ZZ",
                             "2010-12-01T08:26:00+01:00",
                             "2010-12-01T-8:26",
                             "+2010-12-01",
                             "-010-12-01",
                             "2010-12-01T08:26:00.2 5",
                             "２010-12-01",
                             "now",
                             "1291191960"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_timestamp(text));
    }
    CHECK_FALSE(parse_timestamp(std::string("2010-12-01\0", 11)));
}

TEST_CASE("timestamp: a finer time is floored, also before 1970") {
    CHECK(to_timestamp(sys_time<nanoseconds>{1'999ns}) == at(1));
    CHECK(to_timestamp(sys_time<nanoseconds>{-1ns}) == at(-1));
    CHECK(to_timestamp(sys_days{1970y / 1 / 2}) == at(86'400'000'000));
}
