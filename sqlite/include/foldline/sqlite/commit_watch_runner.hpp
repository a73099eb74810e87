#pragma once

#include <foldline/eventstore/commit_signal.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <memory>

namespace foldline::inline v0::sqlite {

/// Makes a store's `commits()` tell of the commits of other processes, too: waits on a thread of its own until one of them
/// says that something was committed, and emits. Nobody looks at the file meanwhile.
///
/// A process that is killed between its commit and saying so is heard of at the next commit of anybody: a follower keeps
/// a fallback interval (`runner_options`).
///
/// Threads: shared. The store and its file outlive it.
/// Fails:   storage_error where the lock file beside the store cannot be mapped.
class commit_watch_runner {
public:
    commit_watch_runner(const database& file, sqlite_event_store& store);
    /// Stops it.
    ~commit_watch_runner();
    commit_watch_runner(const commit_watch_runner&) = delete;
    commit_watch_runner& operator=(const commit_watch_runner&) = delete;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace foldline::inline v0::sqlite
