#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event.hpp>
#include <foldline/core/id_source.hpp>
#include <foldline/sqlite/backup.hpp>
#include <foldline/sqlite/partial_file.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/work_progress.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace foldline::inline v0::sqlite {

/// An event of another store, and where it stood there.
///
/// value, of borrowed parts: those of `data`.
struct imported_event {
    stream_id stream;
    stream_version version;
    global_position position;
    timestamp recorded_at;
    event_data data;  ///< with its id; its schema does not matter
    /// Of the first event of a write whose ids the caller gave: how many events that had. 0 for every other.
    std::size_t write_size = 0;
};

enum class numbering {
    kept,  ///< positions and versions are those that the events had; what does not follow is refused
    anew,  ///< they count from 1, without holes, whatever the events had
};

struct import_options {
    numbering numbers = numbering::kept;
    /// Of an import to the same name that was killed: gone on with, if what is imported again is the same.
    leftover of_killed = leftover::taken_over;
    std::optional<stream_index> index{};
    std::size_t events_per_commit = 1'000;
};

/// Makes a new store of the events of another one: the one way to store an event with a recorded time that is not now.
///
/// The store is written as `NAME.partial` and is there under its name only when all of it is: synced, verified and of
/// an identity of its own, since two stores that are written to from now on are not the same one. Where NAME is there
/// already, and where a killed import left something, what is imported is compared with what stands there, and stored
/// from where that ends. So the same import may be run again at any time, and does what is left to be done.
///
/// A write whose ids the caller gave is known by its first id afterwards, as it was before; its events come one after
/// the other. With `numbering::anew` one that did not come whole is not known as a write any more.
///
/// confined.
/// Fails:   `invalid_request` for an event that does not follow, or that no store takes, and nothing more may be
///          imported then; otherwise as `database`. What was committed before stays as `NAME.partial`, unless
///          `discard` is called, or `of_killed` is `leftover::replaced`.
class event_import {
public:
    /// `time` and `ids` outlive it.
    event_import(const std::filesystem::path& name, const clock& time, id_source& ids, import_options options = {});
    event_import(const event_import&) = delete;
    event_import& operator=(const event_import&) = delete;
    ~event_import();

    /// A schema of the events of its type that come after this. Several of one type: oldest first. `first`: where the
    /// event stood that brought it, 0 if nobody noted that; the oldest one came with the first event if nothing is said.
    void add(const event_schema& schema, std::optional<global_position> first = {});
    /// An upcaster that the new store is to keep. It is there once the import ends.
    void add(const declared_upcaster& step);
    /// What is borrowed by `event` lives until the next event is added, or the import ends.
    void add(imported_event event);

    /// Ends the import: gives the store its name. Throws `incompatible_store` if NAME was there and holds more.
    copied_store publish(const progress_report& report = {});
    /// Nothing is left of it, but for a `NAME.partial` that an earlier import had left, which may be of another one.
    void discard();

    /// Events that were there before this import, or are stored by it.
    [[nodiscard]] std::int64_t events() const;
    /// Of those, the ones that were there and only compared.
    [[nodiscard]] std::int64_t events_found() const;
    /// Whether the store bore its name already.
    [[nodiscard]] bool was_there() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
