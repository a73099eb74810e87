#pragma once

#include "requests.hpp"
#include "stream_summary.hpp"

#include <foldline/sqlite/backup.hpp>
#include <foldline/sqlite/doctor.hpp>
#include <foldline/sqlite/store_stats.hpp>
#include <foldline/sqlite/verify.hpp>

#include <filesystem>
#include <string>

namespace foldline::inline v0::cli {

/// Results as JSON in ASCII: on one line, or for `format::json` on lines of their own where the result is one object.
[[nodiscard]] std::string as_json(const sqlite::store_stats& stats, format shape);
[[nodiscard]] std::string as_json(const sqlite::verification& result, format shape);
[[nodiscard]] std::string as_json(const sqlite::copied_store& copy, const std::filesystem::path& file, format shape);
[[nodiscard]] std::string as_json(const stream_summary& stream);
[[nodiscard]] std::string as_json(const sqlite::diagnosis& looked_at);

[[nodiscard]] std::string_view word_of(sqlite::health state);

}  // namespace foldline::inline v0::cli
