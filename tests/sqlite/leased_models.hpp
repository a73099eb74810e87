#pragma once

#include "support/scratch_folder.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/projections/sql_projection.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace foldline_tests {

/// One process's way to a file of read models. Waits for no other writer unless it is patient.
struct models_at {
    explicit models_at(const std::filesystem::path& path,
                       std::chrono::milliseconds patience = std::chrono::milliseconds{1})
        : file(path, {.durable = foldline::sqlite::durability::off, .lock_timeout = patience}), models(file) {}

    foldline::sqlite::database file;
    foldline::sqlite::sqlite_read_models models;
    foldline::lease_store& leases = models.leases();
    foldline::dead_letter_store& letters = models.dead_letters();
};

inline foldline::worker_id worker(std::string_view name) { return {foldline::uuid::from_name(name)}; }
inline constexpr foldline::worker_id nobody{};

inline foldline::sql_projection notes_projection(std::string name = "notes") {
    foldline::sql_projection made{name, 1};
    made.table(name, "create table " + name + " (id integer primary key, text text) strict");
    return made;
}

/// A file with the projection `notes`, whose table has the columns `id` and `text`.
struct leased_models {
    leased_models() {
        const foldline::partition all;
        here.models.create(notes, source, {&all, 1});
    }

    [[nodiscard]] foldline::partition_claim claim(foldline::worker_id by, foldline::partition part = {}) {
        return here.leases.claim("notes", part, by).value();
    }
    [[nodiscard]] foldline::projection_state state() const { return here.models.find("notes").value(); }
    /// The partition as the file has it; the first one of several.
    [[nodiscard]] foldline::partition_state part(std::size_t index = 0) const { return state().partitions.at(index); }

    void move(const foldline::partition_claim& claim, std::int64_t to,
              foldline::timestamp recorded = foldline::timestamp{std::chrono::seconds{1}}) {
        here.models.begin({&claim, 1})->commit(foldline::global_position{to}, recorded);
    }
    /// Whether a transaction under this claim goes through; it changes nothing.
    [[nodiscard]] bool is_good(const foldline::partition_claim& claim) {
        try {
            here.models.begin({&claim, 1})->execute("delete from notes where id = -1");
            return true;
        } catch (const foldline::claim_lost&) {
            return false;
        }
    }

    scratch_folder folder;
    std::filesystem::path path = folder / "models.db";
    foldline::store_identity source{foldline::store_id{foldline::uuid::from_name("a store")},
                                    foldline::history_id{foldline::uuid::from_name("a history")}};
    foldline::sql_projection notes = notes_projection();
    models_at here{path};
};

}  // namespace foldline_tests
