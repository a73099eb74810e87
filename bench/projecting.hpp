#pragma once

#include "lab.hpp"

#include <foldline/projections/projector.hpp>
#include <foldline/sqlite/database.hpp>
#include <foldline/sqlite/sqlite_read_models.hpp>

#include <cstddef>
#include <filesystem>

namespace foldline_bench {

/// Foldline's read models in a file, wired as a user does it.
struct our_rows {
    explicit our_rows(const std::filesystem::path& path) : file(path), models(file) {}

    foldline::sqlite::database file;
    foldline::sqlite::sqlite_read_models models;
};

[[nodiscard]] foldline::projector_options batches_of(std::size_t events, bool read_ahead = false);

/// How long the projections of `projector` take for a log of this many events. Throws unless they come to its end.
[[nodiscard]] seconds time_to_catch_up(foldline::projector& projector, std::size_t events);

[[nodiscard]] inline double rate(std::size_t events, seconds passed) {
    return static_cast<double>(events) / passed.count();
}

/// Gives what `use` makes of the path of a database that is removed afterwards.
template <class Use>
double in_fresh_file(lab& place, Use use) {
    const auto file = place.fresh_file();
    const double figure = use(file);
    remove_database(file);
    return figure;
}

}  // namespace foldline_bench
