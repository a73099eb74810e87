#pragma once

#include "raw_sqlite.hpp"
#include "support/sales.hpp"
#include "support/scratch_folder.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace foldline_tests {

/// A small store that holds some of everything: streams of two categories, types with a schema and one without, ids of
/// the caller's and of foldline's, business times, metadata, a payload longer than a page, snapshots. 20 events in 5
/// streams, 2 snapshots; closed.
class lived_in_store {
public:
    static constexpr int events = 20;
    static constexpr int streams = 5;
    static constexpr int snapshots = 2;

    lived_in_store() {
        raw_sqlite{path()}.execute("pragma page_size = 512; vacuum");  // pages of every kind, and a small file
        std::filesystem::permissions(path(), std::filesystem::perms{0600});
        open();
        for (int number = 0; number < 10; ++number) {
            time.advance(std::chrono::seconds{1});
            (void)store->append(request(number));
        }
        save_snapshots();
        close();
    }

    [[nodiscard]] std::filesystem::path path() const { return folder / "store.db"; }

    foldline::sqlite::sqlite_event_store& open(foldline::sqlite::open_mode mode = foldline::sqlite::open_mode::create) {
        close();
        file.emplace(path(),
                     foldline::sqlite::database_options{.mode = mode, .durable = foldline::sqlite::durability::off});
        return store.emplace(*file, time, ids);
    }
    void close() {
        store.reset();
        file.reset();
    }

    /// The `number`-th append: two events in two streams.
    static foldline::append_request request(int number) {
        const bool own_ids = number % 2 == 0;
        foldline::append_request request;
        const auto add = [&](foldline::stream_id stream, foldline::event_data event, int index) {
            if (number % 3 == 0) event.metadata = "about " + std::to_string(number);
            if (number % 4 == 0) event.occurred_at = foldline::timestamp{std::chrono::seconds{number}};
            if (own_ids) event.id = event_of(number, index);
            request.writes.push_back({std::move(stream), foldline::expected_version::any(), {std::move(event)}});
        };
        add({"till", std::to_string(number % 3)},
            number % 2 == 0 ? foldline::to_event(sold("DE", number + 1)) : foldline::to_event(returned("FR", number)),
            0);
        foldline::event_data plain;
        plain.type = {"noted", 2};
        plain.payload = std::to_string(number) + std::string(number == 5 ? 1'500U : 20U, 'p');
        add({"note", number < 5 ? "long" : "other"}, std::move(plain), 1);
        return request;
    }
    /// Of the event that the caller gave an id.
    static foldline::event_id event_of(int number, int index) {
        return {foldline::uuid::from_name(std::to_string(number) + "/" + std::to_string(index))};
    }

    foldline::testing::manual_clock time;
    foldline::testing::sequential_ids ids;
    scratch_folder folder;
    std::optional<foldline::sqlite::database> file;
    std::optional<foldline::sqlite::sqlite_event_store> store;

private:
    void save_snapshots() {
        foldline::sqlite::sqlite_snapshot_store kept{*file};
        for (const char* id : {"0", "1"}) {
            std::optional<foldline::snapshot> taken;
            const foldline::stream_id stream{"till", id};
            (void)store->read(foldline::read_query::stream(stream), foldline::batch_limit{2},
                              [&](const foldline::event_view& event) {
                                  taken = {stream, {}, 4711, "state of till " + std::string(id)};
                                  taken->progress.version = event.version;
                                  taken->progress.position = event.position;
                                  taken->progress.recorded_at = event.recorded_at;
                                  taken->progress.latest_occurred = event.occurred_at;
                              });
            kept.save(*taken, 1);
        }
    }
};

/// Lets raw SQL change what foldline never would.
inline constexpr const char* without_guards =
    "drop trigger log_events_are_not_changed; drop trigger log_events_are_not_deleted;"
    "drop trigger log_appends_are_not_changed; drop trigger log_appends_are_not_deleted;";
inline constexpr const char* with_guards =
    "create trigger log_events_are_not_changed before update on log_events begin"
    " select raise(abort, 'events are never changed'); end;"
    "create trigger log_events_are_not_deleted before delete on log_events begin"
    " select raise(abort, 'events are never deleted'); end;"
    "create trigger log_appends_are_not_changed before update on log_appends begin"
    " select raise(abort, 'the record of an append is never changed'); end;"
    "create trigger log_appends_are_not_deleted before delete on log_appends begin"
    " select raise(abort, 'the record of an append is never deleted'); end;";

}  // namespace foldline_tests
