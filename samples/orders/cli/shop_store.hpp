#pragma once

#include "domain/credit_note.hpp"
#include "domain/order.hpp"

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>
#include <foldline/sqlite/commit_watch_runner.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <filesystem>
#include <optional>

namespace shop {

/// The whole wiring of the shop over one file. Everything reads through `events`, so nobody ever meets an old event.
///
/// Threads: shared.
/// Fails:   as `sqlite::database`; definition_error for a file with events that this program cannot read, or beside which
///          it must not write its own.
class shop_store {
public:
    shop_store(const std::filesystem::path& path, foldline::sqlite::open_mode mode);

    /// Of this process, and after `listen` of every other one on this machine.
    [[nodiscard]] foldline::commit_signal& commits() { return stored_.commits(); }
    /// For whoever follows the store. Once, before others use it.
    void listen();

    foldline::system_clock time;
    foldline::uuid_v7_source ids{time};

private:
    foldline::sqlite::database file_;
    foldline::sqlite::sqlite_event_store stored_{file_, time, ids};
    foldline::sqlite::sqlite_snapshot_store snapshots_{file_};
    std::optional<foldline::sqlite::commit_watch_runner> watch_;

public:
    foldline::upcasting_event_store events;
    foldline::snapshotting_repository<order> orders{events, snapshots_, foldline::every(100)};
    foldline::snapshotting_repository<credit_note> credit_notes{events, snapshots_, foldline::every(100)};
};

}  // namespace shop
