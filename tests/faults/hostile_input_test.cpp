// What a caller may send by mistake or on purpose: names, sizes, numbers and bytes at the edge of what there is and beyond.
// Both stores say the same to it: it is kept exactly, or refused with nothing stored and no memory kept.

#include "attack_line.hpp"
#include "sqlite_world.hpp"

#include "sqlite/raw_sqlite.hpp"
#include "support/account.hpp"
#include "support/account_upcasters.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

namespace {

using namespace foldline;
using namespace foldline_tests;

/// The same question to two stores, and the line that tells of the attack.
class both_stores {
public:
    explicit both_stores(std::string attack) : line(std::move(attack)) { world_.open({}, sqlite::durability::off); }

    attack_line line;

    /// Whether it is so, counted as wrong if it is not.
    bool is_so(bool right) {
        line.found.wrong += right ? 0 : 1;
        return right;
    }

    /// What each of them says to it; that they say the same is checked here.
    std::string ask(const std::function<std::string(event_store&)>& question) {
        const auto answer_of = [&](event_store& store) -> std::string {
            try {
                return question(store);
            } catch (const limit_exceeded& refused) {
                return fmt::format("{} of {} at most", refused.actual, refused.limit);
            } catch (const invalid_request&) {
                return "an invalid request";
            } catch (const invalid_name&) {
                return "an invalid name";
            } catch (const corrupt_data& damaged) {
                return damaged.what();
            }
        };
        const std::string in_memory = answer_of(memory_);
        const std::string in_a_file = answer_of(*world_.store);
        line.add("questions");
        (void)is_so(in_a_file == in_memory);
        CHECK(in_a_file == in_memory);
        return in_memory;
    }

    [[nodiscard]] event_store& in_memory() { return memory_; }
    [[nodiscard]] event_store& in_a_file() { return *world_.store; }
    [[nodiscard]] const std::filesystem::path& file() const { return world_.file; }

private:
    scratch_folder folder_;
    sqlite_world world_{folder_ / "store.db"};
    memory_event_store memory_{world_.clock, world_.ids};
};

event_data note(std::string payload = "a note") {
    event_data event;
    event.type = {"note-taken", 1};
    event.payload = std::move(payload);
    return event;
}

append_request to_one(event_data event) {
    append_request request;
    request.writes.push_back({{"thing", "1"}, expected_version::any(), {}});
    request.writes.back().events.push_back(std::move(event));
    return request;
}

/// Every event of `query`: names and bytes as they are.
std::string text_of(const event_store& store, const read_query& query) {
    std::string all;
    const page read = store.read(query, batch_limit{1'000}, [&](const event_view& event) {
        all += fmt::format("[{} @{} #{} {} {} {}]", event.stream.to_string(), event.version.value, event.position.value,
                           store.type_of(event.type).to_string(), event.metadata, event.payload);
    });
    return all + fmt::format(" {} {}", read.events, read.at_end);
}

/// Names that mean something to SQL, shells, paths, brokers, terminals and pages.
const std::vector<std::string>& names() {
    using namespace std::string_literals;
    static const std::vector<std::string> all{""s,
                                              "a"s,
                                              std::string(255, 'n'),
                                              std::string(256, 'n'),
                                              "with\0zero"s,
                                              "\0"s,
                                              "\xFF\xFE"s,
                                              "\xC0\x80"s,          // a zero in two bytes
                                              "\xED\xA0\x80"s,      // half a surrogate pair
                                              "\xF4\x90\x80\x80"s,  // beyond the last code point
                                              "cut off \xE2\x82"s,
                                              "'; drop table log_events; --"s,
                                              "%"s,
                                              "_"s,
                                              ".."s,
                                              "../../etc/passwd"s,
                                              "a/b"s,
                                              "a\\b"s,
                                              "*"s,
                                              ">"s,
                                              "$all"s,
                                              "a.b.>"s,
                                              "line\nbreak"s,
                                              "\x1B[31mred"s,
                                              "\x7F"s,
                                              "\xC2\x9B"
                                              "31m"s,  // the same escape as one control character
                                              "right \xE2\x80\xAE left"s,
                                              "\xEF\xBB\xBF"
                                              "marked"s,
                                              "<img onerror=alert(1)>"s,
                                              "-dash-first"s,
                                              " "s,
                                              "\xF0\x9F\x92\xA3"s};
    return all;
}

/// Of this process, in bytes.
std::int64_t resident_bytes() {
    std::int64_t all = 0;
    std::int64_t resident = 0;
    std::ifstream{"/proc/self/statm"} >> all >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

/// Groups in groups, of a field that nobody knows.
std::string nested(std::size_t depth) {
    constexpr char begin_group_15 = 0x7B;
    constexpr char end_group_15 = 0x7C;
    return std::string(depth, begin_group_15) + std::string(depth, end_group_15);
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("hostile input: a name is kept byte for byte by both stores, or by none") {
        both_stores stores{"hostile input: names"};
        const auto count = [&](const std::string& answer) {
            const bool is_refused = answer == "an invalid name" || answer == "an invalid request";
            stores.line.add(is_refused ? "refused" : "kept");
            return !is_refused;
        };
        for (const std::string& name : names()) {
            CAPTURE(name);
            const auto as_stream = stores.ask([&](event_store& store) {
                const stream_id stream{"thing", name};
                (void)store.append(append_request::to(stream, expected_version::no_stream(), {note()}));
                return text_of(store, read_query::stream(stream));
            });
            CAPTURE(as_stream);
            if (count(as_stream)) CHECK(stores.is_so(as_stream.find(fmt::format("[thing-{} @1 ", name)) == 0));
            const auto as_category = stores.ask([&](event_store& store) {
                const stream_id stream{name, "1"};
                (void)store.append(append_request::to(stream, expected_version::no_stream(), {note()}));
                return text_of(store, read_query::category(name));
            });
            CAPTURE(as_category);
            if (count(as_category)) CHECK(stores.is_so(as_category.find(fmt::format("[{}-1 @1 ", name)) == 0));
            const auto as_type = stores.ask([&](event_store& store) {
                event_data event = note();
                event.type = {name, 7};
                (void)store.append(to_one(std::move(event)));
                return text_of(store, read_query::all()
                                          .backward()
                                          .before(store.head().next())
                                          .after(global_position{store.head().value - 1}));
            });
            CAPTURE(as_type);
            if (count(as_type)) CHECK(stores.is_so(as_type.find(fmt::format(" {}@7 ", name)) != std::string::npos));
        }
        CHECK(stores.line.count("kept") > 30);
        CHECK(stores.line.count("refused") > 40);
        (void)stores.ask([](event_store& store) { return text_of(store, read_query::all()); });
        CHECK(raw_sqlite{stores.file()}.text("select count(*) from log_events") ==
              std::to_string(stores.in_memory().head().value));
    }

    TEST_CASE("hostile input: ten thousand names that look alike are ten thousand streams") {
        both_stores stores{"hostile input: names that look alike"};
        // Each letter is Latin, Greek or Cyrillic, and looks the same.
        const std::string letters[][3] = {{"a", "\xCE\xB1", "\xD0\xB0"}, {"o", "\xCE\xBF", "\xD0\xBE"}};
        const auto name = [&](int number) {
            std::string text;
            for (int i = 0; i < 10; ++i, number /= 3) text += letters[i % 2][number % 3];
            return text;
        };
        append_request request;
        for (int number = 0; number < 10'000; ++number) {
            request.writes.push_back({{"thing", name(number)}, expected_version::no_stream(), {}});
            request.writes.back().events.push_back(note(std::to_string(number)));
        }
        for (event_store* store : {&stores.in_memory(), &stores.in_a_file()}) {
            REQUIRE(std::get<appended>(store->append(request)).position == global_position{10'000});
            for (int number = 0; number < 10'000; number += 7) {
                int met = 0;
                (void)store->read(
                    read_query::stream({"thing", name(number)}), batch_limit{10}, [&](const event_view& event) {
                        met += event.payload == std::to_string(number) && event.version.value == 1 ? 1 : 2;
                    });
                stores.line.add("streams read");
                (void)stores.is_so(met == 1);
            }
            CHECK(stores.line.found.wrong == 0);
        }
    }

    TEST_CASE("hostile input: what is too large is refused by both stores alike, and leaves nothing behind") {
        const append_limits limits;
        both_stores stores{"hostile input: sizes"};
        std::vector<std::pair<std::string, append_request>> requests;
        requests.emplace_back("1048577 of 1048576 at most", to_one(note(std::string(limits.payload_bytes + 1, 'p'))));
        requests.emplace_back("10000000 of 1048576 at most", to_one(note(std::string(10'000'000, 'p'))));
        event_data event = note();
        event.metadata = std::string(limits.metadata_bytes + 1, 'm');
        requests.emplace_back("65537 of 65536 at most", to_one(event));
        requests.emplace_back("10001 of 10000 at most",
                              append_request::to({"thing", "1"}, expected_version::any(),
                                                 std::vector<event_data>(limits.events + 1, note())));
        requests.emplace_back(
            "17825792 of 16777216 at most",
            append_request::to({"thing", "1"}, expected_version::any(),
                               std::vector<event_data>(17, note(std::string(limits.payload_bytes, 'p')))));
        const auto refuse_all = [&] {
            for (const auto& [answer, request] : requests) {
                const std::string said = stores.ask([&](event_store& store) {
                    (void)store.append(request);
                    return std::string{"stored"};
                });
                (void)stores.is_so(said == answer);
                CHECK(said == answer);
            }
        };
        refuse_all();
        const std::int64_t before = resident_bytes();
        for (int i = 0; i < 20; ++i) refuse_all();
        // One request that was copied and kept would be 10 MB.
        CHECK(resident_bytes() - before < 4'000'000);
        CHECK(stores.ask([](event_store& store) { return text_of(store, read_query::all()); }) == " 0 true");
    }

    TEST_CASE("hostile input: bounds and limits at the ends of their numbers are bounds and limits") {
        constexpr auto least = std::numeric_limits<std::int64_t>::min();
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        constexpr std::int64_t edges[] = {least, least + 1, -1, 0, 1, 5, 12, 13, most - 1, most};
        both_stores stores{"hostile input: bounds"};
        (void)stores.ask([](event_store& store) {
            for (int i = 0; i < 6; ++i)
                for (const char* id : {"1", "2"})
                    (void)store.append(append_request::to({"thing", id}, expected_version::any(), {note()}));
            return std::string{};
        });
        int asked = 0;
        for (const std::int64_t after : edges)
            for (const std::int64_t before : edges)
                for (const bool backward : {false, true})
                    for (const std::size_t limit : {std::size_t{1}, std::numeric_limits<std::size_t>::max()}) {
                        CAPTURE(after);
                        CAPTURE(before);
                        CAPTURE(backward);
                        const auto read = [&](const read_query& bounded) {
                            ++asked;
                            const read_query query = backward ? bounded.backward() : bounded;
                            return stores.ask([&](event_store& store) {
                                std::string found;
                                const page page = store.read(query, batch_limit{limit}, [&](const event_view& event) {
                                    found += fmt::format("{} ", event.position.value);
                                });
                                return found + (page.at_end ? "end" : "more");
                            });
                        };
                        const auto of_all =
                            read(read_query::all().after(global_position{after}).before(global_position{before}));
                        if (after >= before) CHECK(stores.is_so(of_all == "end"));
                        (void)read(read_query::category("thing")
                                       .after(global_position{after})
                                       .before(global_position{before}));
                        (void)read(read_query::stream({"thing", "1"})
                                       .after(stream_version{after})
                                       .before(stream_version{before}));
                        (void)read(read_query::stream({"thing", "none"})
                                       .after(stream_version{after})
                                       .before(stream_version{before}));
                    }
        CHECK(asked == 1'600);
    }

    TEST_CASE("hostile input: versions that no stream can have are conflicts") {
        both_stores stores{"hostile input: versions"};
        for (const std::int64_t version :
             {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
            CAPTURE(version);
            const std::string said = stores.ask([&](event_store& store) {
                const auto result = store.append(
                    append_request::to({"thing", "1"}, expected_version::exactly(stream_version{version}), {note()}));
                return fmt::format("at {}", std::get<version_conflict>(result).actual.value);
            });
            (void)stores.is_so(said == "at 0");
            CHECK(said == "at 0");
        }
        CHECK(stores.in_a_file().head() == global_position{0});
    }

    TEST_CASE("hostile input: times at the ends of their numbers are kept") {
        both_stores stores{"hostile input: times"};
        for (const auto time : {timestamp::min(), timestamp::max()}) {
            event_data event = note();
            event.occurred_at = time;
            const std::string kept = stores.ask([&](event_store& store) {
                (void)store.append(to_one(event));
                timestamp found;
                (void)store.read(read_query::all().backward(), batch_limit{1},
                                 [&](const event_view& stored) { found = stored.occurred_at; });
                return std::to_string(found.time_since_epoch().count());
            });
            const std::string given = std::to_string(time.time_since_epoch().count());
            (void)stores.is_so(kept == given);
            CHECK(kept == given);
        }
    }

    TEST_CASE("hostile input: bytes nested ten thousand deep are stored as bytes, and do not decode") {
        both_stores stores{"hostile input: nesting"};
        const std::string deep = nested(10'000);
        for (const char* type : {"money-deposited", "money-withdrawn"})  // the second is upcast
            for (event_store* store : {&stores.in_memory(), &stores.in_a_file()}) {
                CAPTURE(std::string{type});
                const std::string id = type;
                event_data event = note(deep);
                event.type = {type, 1};
                (void)store->append(append_request::to({"account", id}, expected_version::no_stream(), {event}));
                (void)store->read(read_query::stream({"account", id}), batch_limit{1},
                                  [&](const event_view& stored) { CHECK(stores.is_so(stored.payload == deep)); });
                stores.line.add("payloads");
                upcasting_event_store current{*store, account_upcasters()};
                CHECK_THROWS_AS((void)repository<account>{current}.load(id), event_failure);
            }
        CHECK_THROWS_AS((void)decode_metadata(deep), event_failure);
    }
}
