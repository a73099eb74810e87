#pragma once

#include "requests.hpp"

#include <foldline/cli/application.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <filesystem>
#include <memory>

namespace foldline::inline v0::cli {

/// A file, opened to be read beside whoever writes it.
[[nodiscard]] sqlite::database_options for_reading();

/// Throws `store_not_found` unless there is a file of that name. Whatever cannot be asked is left to whoever opens it.
void require_existing(const std::filesystem::path& file);

/// The events of a file, as they are stored and as they are read.
///
/// Threads: shared.
/// Fails:   as `sqlite::database`.
class opened_store {
public:
    opened_store(const std::filesystem::path& path, const application& self, shown_as as = shown_as::usual);

    [[nodiscard]] const sqlite::database& file() const { return file_; }
    [[nodiscard]] const sqlite::sqlite_event_store& stored() const { return stored_; }
    [[nodiscard]] sqlite::sqlite_event_store& stored() { return stored_; }
    [[nodiscard]] const event_store& events() const;
    /// Whether `events()` may hand out other events than are stored.
    [[nodiscard]] bool is_upcasting() const { return reading_ != nullptr; }
    /// The type that an event of `events()` is stored as: another one than its own where it was upcast.
    [[nodiscard]] event_type stored_type_of(const event_view& event) const;

private:
    system_clock time_;
    uuid_v7_source ids_{time_};
    sqlite::database file_;
    sqlite::sqlite_event_store stored_{file_, time_, ids_};
    std::unique_ptr<event_store> reading_;
};

}  // namespace foldline::inline v0::cli
