// Names of streams: whatever a name may hold is kept byte for byte and matches nothing but itself.
#include "cases.hpp"
#include "support.hpp"

#include <foldline/core/error.hpp>

#include <map>

namespace foldline::inline v0::testing::contract {
namespace {

/// Gives each stream a number of events of its own, and expects to find exactly these everywhere.
void expect_distinct(event_store& store, const std::vector<stream_id>& streams) {
    std::map<std::string, std::size_t> of_category;
    std::size_t count = 0;
    append_request request;
    for (const auto& stream : streams) {
        request.writes.push_back({stream, expected_version::no_stream(), notes(++count, stream.id())});
        of_category[stream.category()] += count;
    }
    append_now(store, request);
    count = 0;
    for (const auto& stream : streams) {
        ++count;
        const auto events = read_stream(store, stream);
        expect_equal(events.size(), count, "events of " + show(stream));
        for (const auto& event : events) expect_equal(event.stream, stream, "the name of a stream");
        const auto conflict =
            expect_conflict(store, append_request::to(stream, expected_version::no_stream(), notes(1)), show(stream));
        expect_equal(conflict.actual, stream_version{static_cast<std::int64_t>(count)}, "where the stream is");
        expect_equal(conflict.stream, stream, "the name in a conflict");
    }
    for (const auto& [category, size] : of_category)
        expect_equal(read_all(store, read_query::category(category)).size(), size, "events of category " + category);
    expect_no_holes(store);
}

std::vector<stream_id> orders(const std::vector<std::string>& ids) {
    std::vector<stream_id> streams;
    for (const auto& id : ids) streams.push_back(order(id));
    return streams;
}

void expect_no_name(const std::string& category, const std::string& id) {
    expect_throws<invalid_name>([&] { stream_id(category, id); }, "the name " + show(category + "-" + id));
}

// clang-format off
const std::vector<std::string> metacharacters = {  // of SQL, LIKE, GLOB, paths, brokers, format strings and browsers
    "'; drop table events; --", "\"", "''", "%", "%%", "_", "__", "a%", "a_", "abc", ".", "..", "a/b", "a/../b", "/",
    "\\", "*", "a*", ">", "a.b", "a.>", "?", "[a-z]", "$1", ":id", "@id", "{}", "{0}", "<img onerror=x>", "#", "&amp;",
    "a b", " ", "  ", "a ", " a"};

const std::vector<std::string> numbers = {
    "1", "01", "001", "1.0", "1e0", "+1", "-1", "0x1", "1 ", "NULL", "null", "true", "9223372036854775808", "nan"};

const std::vector<std::string> upper_and_lower_case = {
    "a", "A", "ab", "AB", "Ab", "aB", "ss", "SS", "\xC3\xA4", "\xC3\x84", "\xC3\x9F"};

const std::vector<std::string> look_alikes = {
    "caf\xC3\xA9", "cafe\xCC\x81", "cafe",       // one code point, a combining accent, no accent
    "\xEF\xAC\x81", "fi",                        // a ligature and its letters
    "\xE2\x84\xAB", "\xC3\x85", "A\xCC\x8A",     // the unit, the letter, a combining ring
    "p\xD0\xB0y", "pay",                         // a Cyrillic letter among Latin ones
    "\xEF\xBC\x81", "!"};                        // full width and plain

const std::vector<std::string> marks = {
    "a\xE2\x80\x8F",                                     // right-to-left mark
    "\xE2\x80\xAE" "a",                                  // right-to-left override
    "a\xE2\x80\x8B",                                     // zero-width space
    "\xEF\xBB\xBF" "a", "a",                             // byte order mark
    "\xC2\xA0", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",      // two, three and four bytes
    "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"}; // the last code point, and those around surrogates
// clang-format on

const contract_case cases[] = {
    {"names: what means something elsewhere means nothing here",
     [](store_fixture& fixture) { expect_distinct(fixture.store(), orders(metacharacters)); }},
    {"names: digits are text, not numbers",
     [](store_fixture& fixture) { expect_distinct(fixture.store(), orders(numbers)); }},
    {"names: upper and lower case are two names",
     [](store_fixture& fixture) { expect_distinct(fixture.store(), orders(upper_and_lower_case)); }},
    {"names: look-alikes are different names",
     [](store_fixture& fixture) { expect_distinct(fixture.store(), orders(look_alikes)); }},
    {"names: invisible marks and all lengths of UTF-8 are kept",
     [](store_fixture& fixture) { expect_distinct(fixture.store(), orders(marks)); }},
    {"names: dashes belong to the id, wherever they are",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         expect_distinct(store, orders({"a", "a-b", "a-b-c", "-", "--", "-a", "a-", "order-a"}));
         expect_equal(read_stream(store, stream_id::parse("order-a-b")).size(), std::size_t{2}, "order-a-b");
         expect_equal(read_stream(store, stream_id::parse("order--")).size(), std::size_t{4}, "order--");
     }},
    {"names: a category is not another one's beginning",
     [](store_fixture& fixture) {
         expect_distinct(fixture.store(), {{"order", "a"},
                                           {"orders", "a"},
                                           {"order_", "a"},
                                           {"order_a", "a"},
                                           {"o", "rder-a"},
                                           {"order1", "a"},
                                           {"ordez", "a"},
                                           {"orde", "a"}});
     }},
    {"names: an underscore in a category stands for itself",
     [](store_fixture& fixture) {
         expect_distinct(fixture.store(), {{"a_c", "1"}, {"abc", "1"}, {"a__", "1"}, {"axx", "1"}, {"a_", "1"}});
     }},
    {"names: the same id in two categories is two streams",
     [](store_fixture& fixture) {
         expect_distinct(fixture.store(),
                         {{"order", "1"}, {"invoice", "1"}, {"order", "invoice"}, {"invoice", "order"}});
     }},
    {"names: 255 bytes are taken, in both parts",
     [](store_fixture& fixture) {
         const std::string longest(255, 'x');
         std::string other = longest;
         other.back() = 'y';
         std::string accents = "x";
         for (int i = 0; i < 127; ++i) accents += "\xC3\xA9";
         expect_distinct(fixture.store(), {{"order", longest},
                                           {"order", other},
                                           {"order", longest.substr(1)},
                                           {longest, "a"},
                                           {other, "a"},
                                           {longest, other},
                                           {"order", accents}});
     }},
    {"names: thousands that differ in one place are told apart",
     [](store_fixture& fixture) {
         event_store& store = fixture.store();
         append_request request;
         for (int i = 0; i < 2'000; ++i)
             request.writes.push_back(
                 {order(fmt::format("{:0200}", i)), expected_version::no_stream(), {note(fmt::format("{}", i))}});
         append_now(store, request);
         for (int i = 0; i < 2'000; i += 7) {
             const auto events = read_stream(store, order(fmt::format("{:0200}", i)));
             expect_equal(events.size(), std::size_t{1}, "events of one of the streams");
             expect_equal(events.front().payload, fmt::format("{}", i), "the event of one of the streams");
         }
     }},
    {"names: what is no name is refused before it reaches a store",
     [](store_fixture&) {
         for (const char* category : {"", "Order", "1order", "_order", "or-der", "or der", "order'", "\xC3\xA9"})
             expect_no_name(category, "a");
         expect_no_name(std::string(256, 'a'), "a");
         expect_no_name(std::string("ord\0er", 6), "a");
         for (const char* id : {"", "a\nb", "a\tb", "\x7F", "\xC2\x80", "\x1B[2J", "\xFF", "\xC3", "\xC0\x80",
                                "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xE2\x82"})
             expect_no_name("order", id);
         expect_no_name("order", std::string(256, 'a'));
         expect_no_name("order", std::string("a\0b", 3));
         expect_throws<invalid_name>([] { (void)read_query::category("or%der"); }, "a query by category");
     }},
};

}  // namespace

case_list name_cases() { return cases; }

}  // namespace foldline::inline v0::testing::contract
