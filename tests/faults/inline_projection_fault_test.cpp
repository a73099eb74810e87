// An inline projection changes its rows inside the append's own transaction: whatever fails there, rows and events agree.

#include "attack_line.hpp"
#include "fault_vfs.hpp"
#include "planted_bug.hpp"
#include "support/scratch_folder.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace foldline;
using namespace foldline_tests;

using tallies = std::map<std::string, std::int64_t>;

/// Counts the deposits of each stream. Catches the errors of its statements if it is told to, as a careless one may.
sql_projection tally_projection(bool is_careless) {
    sql_projection tally{"tally", 1};
    tally.table("tally", "create table tally (stream text primary key, events integer not null) strict");
    tally.on([is_careless](const bank::v1::MoneyDeposited&, const event_view& event, sql_session& rows) {
        try {
            rows.execute("insert into tally values (?1, 1) on conflict (stream) do update set events = events + 1",
                         event.stream.to_string());
        } catch (const storage_error&) {
            if (!is_careless) throw;
        }
    });
    return tally;
}

/// A store with the projection, and what its callers were told.
struct tallied_store {
    explicit tallied_store(bool is_careless) : tally(tally_projection(is_careless)) {}

    void open(const std::string& vfs = {}, sqlite::durability durable = sqlite::durability::full) {
        close();
        file.emplace(folder / "store.db",
                     sqlite::database_options{.durable = durable, .vfs = vfs, .checkpoint_pages = 20});
        store.emplace(*file, clock, ids, sqlite::event_store_options{.inline_projections = {&tally}});
    }
    void close() {
        store.reset();
        file.reset();
    }

    /// Three events for one stream.
    [[nodiscard]] static append_request request(int number) {
        append_request request =
            append_request::to({"account", std::to_string(number % 3)}, expected_version::any(), {});
        for (int i = 0; i < 3; ++i) {
            bank::v1::MoneyDeposited deposit;
            deposit.set_note(fmt::format("{}", number));
            request.writes[0].events.push_back(to_event(deposit));
        }
        return request;
    }
    enum class told { stored, not_stored, unknown };
    told append(int number) {
        try {
            (void)std::get<appended>(store->append(request(number)));
            return told::stored;
        } catch (const storage_error& failed) {
            return failed.outcome == write_outcome::unknown ? told::unknown : told::not_stored;
        } catch (const event_failure&) {
            return told::not_stored;
        }
    }

    [[nodiscard]] tallies rows() const {
        tallies found;
        store->read_inline([&](sql_session& rows) {
            rows.each_row("select stream, events from tally",
                          [&](const sql_row& row) { found[std::string(row.text(0))] = row.integer(1); });
        });
        return found;
    }
    /// How many events of each append there are, by the append's number; counts the streams on the way.
    [[nodiscard]] std::map<int, int> events(tallies& streams) const {
        std::map<int, int> found;
        store->read(read_query::all(), batch_limit{100'000}, [&](const event_view& event) {
            bank::v1::MoneyDeposited deposit;
            if (!deposit.ParseFromArray(event.payload.data(), static_cast<int>(event.payload.size()))) return;
            ++found[std::stoi(deposit.note())];
            ++streams[event.stream.to_string()];
        });
        return found;
    }
    /// What does not agree; empty if all does.
    [[nodiscard]] std::string disagreement(const std::vector<told>& answers) const {
        tallies streams;
        const auto there = events(streams);
        for (int number = 0; number < static_cast<int>(answers.size()); ++number) {
            const auto found = there.find(number);
            const int count = found == there.end() ? 0 : found->second;
            const told answer = answers[static_cast<std::size_t>(number)];
            if (count != 0 && count != 3) return fmt::format("append {} has {} of 3 events", number, count);
            if (answer == told::stored && count == 0) return fmt::format("append {} is lost", number);
            if (answer == told::not_stored && count != 0) return fmt::format("append {} is a ghost", number);
        }
        return rows() == streams ? "" : "the rows do not say what the events say";
    }

    scratch_folder folder;
    system_clock clock;
    uuid_v7_source ids{clock};
    sql_projection tally;
    std::optional<sqlite::database> file;
    std::optional<sqlite::sqlite_event_store> store;
};

enum class believes { answers, nothing };

/// Appends while the `nth` operation fails, and looks whether rows, events and answers agree; empty if they do. A caller
/// who believes no answer takes everything for stored.
std::string append_under(disk_fault fault, std::int64_t nth, fault_vfs::length length, believes caller, bool& fired) {
    tallied_store world{false};
    world.open(fault_vfs::name);
    std::vector<tallied_store::told> answers;
    fault_vfs::arm(fault, nth, length);
    for (int number = 0; number < 12; ++number) {
        const auto answer = world.append(number);
        answers.push_back(caller == believes::answers ? answer : tallied_store::told::stored);
    }
    fired = fault_vfs::fired();
    fault_vfs::disarm();
    answers.push_back(world.append(12));
    if (answers.back() != tallied_store::told::stored) return "it does not store again on a healthy disk";
    std::string found = world.disagreement(answers);
    world.open({}, sqlite::durability::off);
    if (found.empty()) found = world.disagreement(answers);
    return found;
}

}  // namespace

TEST_SUITE("faults") {
    TEST_CASE("disk: rows of an inline projection agree with the events, whatever failed") {
        fault_vfs::install();
        using enum fault_vfs::length;
        const auto caller = is_planted("ack_first") ? believes::nothing : believes::answers;
        attack_line line{"disk: appends with an inline projection"};
        for (const auto fault : {disk_fault::write_error, disk_fault::disk_full, disk_fault::half_write,
                                 disk_fault::sync_error, disk_fault::power_cut})
            for (const auto length : {once, from_then_on})
                for (std::int64_t nth = 1;; ++nth) {
                    CAPTURE(static_cast<int>(fault));
                    CAPTURE(nth);
                    bool fired = false;
                    const std::string found = append_under(fault, nth, length, caller, fired);
                    CHECK(found == "");
                    line.found.wrong += found.empty() ? 0 : 1;
                    line.add("points", fired ? 1 : 0);
                    if (!fired) break;
                }
        CHECK(line.count("points") > 100);
    }

    TEST_CASE("disk: a caller of an inline projection who takes every append for stored is found out") {
        fault_vfs::install();
        int wrong = 0;
        bool fired = true;
        for (std::int64_t nth = 1; wrong == 0 && fired; ++nth)
            wrong += append_under(disk_fault::write_error, nth, fault_vfs::length::from_then_on, believes::nothing,
                                  fired) == ""
                         ? 0
                         : 1;
        CHECK(wrong > 0);
    }
}

TEST_SUITE("threads") {
    // guards: an error that ends the transaction under a group that goes on, each of its statements stored alone
    TEST_CASE("group: where a handler meets a full file, events and rows of its neighbours agree") {
        for (const bool is_careless : {false, true})
            for (int room = 0; room < 12; ++room) {
                CAPTURE(is_careless);
                CAPTURE(room);
                tallied_store world{is_careless};
                world.open();
                {
                    const auto lease = world.file->lease_writer();
                    lease.db().execute(
                        fmt::format("pragma max_page_count = {}", lease.db().integer("pragma page_count") + room));
                }
                std::vector<tallied_store::told> answers(48);
                {
                    std::vector<std::jthread> callers;
                    for (int caller = 0; caller < 8; ++caller)
                        callers.emplace_back([&, caller] {
                            for (int i = 0; i < 6; ++i) {
                                const int number = caller * 6 + i;
                                answers[static_cast<std::size_t>(number)] = world.append(number);
                            }
                        });
                }
                CHECK(world.disagreement(answers) == "");
                world.open();
                CHECK(world.disagreement(answers) == "");
            }
    }
}
