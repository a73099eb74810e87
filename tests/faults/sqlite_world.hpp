#pragma once

#include "support/scratch_folder.hpp"

#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace foldline_tests {

/// Makes a store whose stream index is merged, often enough that every attack meets it in each of its states. A file keeps
/// its index, so whoever opens it later says nothing of it.
inline void make_merged_store(const std::filesystem::path& path) {
    const foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    foldline::sqlite::database file{path};
    foldline::sqlite::event_store_options options;
    options.index = foldline::sqlite::stream_index::merged;
    options.merge_size = 64;
    const foldline::sqlite::sqlite_event_store made{file, clock, ids, options};
}

/// An event store in a file, opened and closed by hand.
struct sqlite_world {
    explicit sqlite_world(std::filesystem::path file_) : file(std::move(file_)) {}

    foldline::event_store& open(const std::string& vfs = {},
                                foldline::sqlite::durability durable = foldline::sqlite::durability::full) {
        database.emplace(file, foldline::sqlite::database_options{
                                   .durable = durable, .vfs = vfs, .checkpoint_pages = checkpoint_pages});
        return store.emplace(*database, clock, ids);
    }
    void close() {
        store.reset();
        database.reset();
    }

    std::filesystem::path file;
    int checkpoint_pages = 10'000;
    foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    std::optional<foldline::sqlite::database> database;
    std::optional<foldline::sqlite::sqlite_event_store> store;
};

}  // namespace foldline_tests
