// Callers that share a commit when something goes wrong in the middle of it.

#include "attack_line.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

event_data event_of(std::string payload) {
    event_data event;
    event.type = {"thing-done", 1};
    event.payload = std::move(payload);
    return event;
}

append_request one(const std::string& stream, std::string payload) {
    return append_request::to({"thing", stream}, expected_version::any(), {event_of(std::move(payload))});
}

enum class reply { stored, refused, failed };

/// A clock that tells how many callers have come: an append asks for the time before it waits for others.
class counting_clock final : public clock {
public:
    [[nodiscard]] timestamp now() const override {
        ++asked;
        return timestamp{std::chrono::seconds{1}};
    }
    mutable std::atomic<int> asked{0};
};

std::set<std::string> payloads_of(const event_store& store) {
    std::set<std::string> payloads;
    store.read(read_query::all(), batch_limit{100'000},
               [&](const event_view& event) { payloads.insert(std::string(event.payload.substr(0, 20))); });
    return payloads;
}

/// A file with room for little more than it holds.
void leave_room_for(sqlite::database& file, int pages) {
    const auto lease = file.lease_writer();
    lease.db().execute(fmt::format("pragma max_page_count = {}", lease.db().integer("pragma page_count") + pages));
}

}  // namespace

TEST_SUITE("threads") {
    TEST_CASE("group: when the file is full in its middle, each caller is told what became of its own") {
        attack_line line{"group: the file is full in its middle"};
        scratch_folder folder;
        testing::sequential_ids ids;
        counting_clock time;
        sqlite::database file{folder / "store.db"};
        sqlite::sqlite_event_store store{file, time, ids};
        (void)store.append(one("0", "first"));
        leave_room_for(file, 30);
        constexpr int callers = 24;
        std::vector<reply> answers(callers, reply::refused);
        std::atomic<int> wrong{0};
        {
            std::vector<std::jthread> threads;
            for (int caller = 0; caller < callers; ++caller)
                threads.emplace_back([&, caller] {
                    // Each fourth wants more than there is room for; the others fit.
                    const std::size_t size = caller % 4 == 0 ? 400'000 : 100;
                    try {
                        const auto result = store.append(
                            one(std::to_string(caller), fmt::format("{:04} {}", caller, std::string(size, 'x'))));
                        answers[static_cast<std::size_t>(caller)] =
                            std::holds_alternative<appended>(result) ? reply::stored : reply::refused;
                    } catch (const storage_error& failed) {
                        answers[static_cast<std::size_t>(caller)] = reply::failed;
                        if (failed.outcome != write_outcome::nothing_stored || (failed.code & 0xFF) != 13) ++wrong;
                    }
                });
        }
        line.add("callers", callers);
        line.found.wrong = wrong;
        CHECK(wrong == 0);
        const auto there = payloads_of(store);
        for (int caller = 0; caller < callers; ++caller) {
            CAPTURE(caller);
            const auto answer = answers[static_cast<std::size_t>(caller)];
            CHECK(answer == (caller % 4 == 0 ? reply::failed : reply::stored));
            std::size_t found = 0;
            for (const auto& payload : there) found += payload.starts_with(fmt::format("{:04} ", caller)) ? 1U : 0U;
            CHECK(found == (answer == reply::stored ? 1U : 0U));
            line.found.lost += answer == reply::stored && found == 0 ? 1 : 0;
            line.found.ghost += answer != reply::stored && found != 0 ? 1 : 0;
        }
        // With room again the store goes on, without a hole where the refused ones would have been.
        file.lease_writer().db().execute("pragma max_page_count = 1000000");
        const auto next = store.append(one("0", "last"));
        CHECK(std::get<appended>(next).position == global_position{callers - callers / 4 + 2});
        CHECK(std::get<appended>(next).version == stream_version{2});  // the large one of stream 0 was refused
    }

    // guards: a refusal of the shared transaction that outlives the caller's own, which succeeded
    TEST_CASE("group: an append that was refused in company and stored alone is told as stored") {
        bool met = false;
        for (int attempt = 0; attempt < 200 && !met; ++attempt) {
            scratch_folder folder;
            testing::sequential_ids ids;
            counting_clock time;
            int refusals = 0;
            sql_projection fickle{"fickle", 1};
            fickle.on([&](const bank::v1::MoneyDeposited& deposit, const event_view&, sql_session&) {
                if (deposit.note() == "leads") {
                    // The others are on their way; give them the time to stand in line.
                    while (time.asked < 3) std::this_thread::yield();
                    for (int i = 0; i < 2'000; ++i) std::this_thread::yield();
                }
                if (deposit.note() == "refused once" && refusals++ == 0) throw std::runtime_error("not now");
            });
            sqlite::database file{folder / "store.db", {.durable = sqlite::durability::off}};
            sqlite::sqlite_event_store store{file, time, ids, {.inline_projections = {&fickle}}};
            leave_room_for(file, 30);
            time.asked = 0;

            const auto put = [&](const std::string& note) {
                bank::v1::MoneyDeposited deposit;
                deposit.set_note(note);
                return store.append(append_request::to({"thing", "1"}, expected_version::any(), {to_event(deposit)}));
            };
            reply answer = reply::refused;
            {
                std::jthread leader{[&] { (void)put("leads"); }};
                std::jthread first{[&] {
                    while (time.asked < 1) std::this_thread::yield();
                    try {
                        (void)put("refused once");
                        answer = reply::stored;
                    } catch (const event_failure&) {
                        answer = reply::failed;
                    }
                }};
                std::jthread second{[&] {
                    while (time.asked < 2) std::this_thread::yield();
                    CHECK_THROWS_AS((void)put(std::string(900'000, 'x')), storage_error);
                }};
            }
            met = refusals == 2;  // once in company, once alone
            const bool is_there = store.head() == global_position{2};
            CHECK(is_there == (answer == reply::stored));
        }
        CHECK(met);
    }
}
