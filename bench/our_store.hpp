#pragma once

#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <filesystem>
#include <utility>

namespace foldline_bench {

/// Foldline's store in a file, wired as a user does it.
struct our_store {
    explicit our_store(const std::filesystem::path& path,
                       foldline::sqlite::durability durable = foldline::sqlite::durability::full,
                       foldline::sqlite::event_store_options chosen = {})
        : file(path, options(durable)), store(file, clock, ids, std::move(chosen)) {}

    static foldline::sqlite::database_options options(foldline::sqlite::durability durable) {
        foldline::sqlite::database_options chosen;
        chosen.durable = durable;
        return chosen;
    }

    foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    foldline::sqlite::database file;
    foldline::sqlite::sqlite_event_store store;
};

}  // namespace foldline_bench
