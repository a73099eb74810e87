#pragma once

#include <foldline/cli/projection_verbs.hpp>
#include <foldline/core/read_query.hpp>
#include <foldline/core/stream_id.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace foldline::inline v0::cli {

enum class format { text, json, ndjson };

struct stats_request {
    std::filesystem::path store;
    format shape = format::text;
};

enum class stream_order { name, events, recent };

struct streams_request {
    std::filesystem::path store;
    std::string category;  ///< empty: all
    std::optional<std::int64_t> limit;
    stream_order order = stream_order::name;
    format shape = format::text;
};

/// Which events are wanted. Bounds are versions where one stream is, else positions.
struct event_selection {
    std::optional<stream_id> stream;
    std::string category;            ///< empty: all
    std::vector<wanted_type> types;  ///< none: all
    std::string correlation;         ///< empty: any
    std::optional<std::int64_t> after;
    std::optional<std::int64_t> before;
    std::optional<std::int64_t> limit;
};

enum class personal_data { masked, shown };
enum class escaping { on, off };

/// How they are shown.
struct event_display {
    format shape = format::text;
    personal_data personal = personal_data::masked;
    escaping escape = escaping::on;
};

struct events_request {
    std::filesystem::path store;
    event_selection which;
    read_direction direction = read_direction::forward;
    event_display display;
};

enum class tail_start { first_event, now };

struct tail_request {
    std::filesystem::path store;
    event_selection which;
    tail_start start = tail_start::first_event;
    event_display display;
};

struct verify_request {
    std::filesystem::path store;
    std::int64_t most_findings = 100;
    format shape = format::text;
};

struct backup_request {
    std::filesystem::path store;
    std::filesystem::path file;
    format shape = format::text;
};

struct restore_request {
    std::filesystem::path file;
    std::filesystem::path store;
    format shape = format::text;
};

struct compact_request {
    std::filesystem::path store;
};

struct doctor_request {
    std::filesystem::path store;
    format shape = format::text;
};

/// Whether the exit code tells of what is not as it should be.
enum class check { off, on };

/// What the files tell of projections, without their code.
struct stored_projections_request {
    std::filesystem::path store;
    std::filesystem::path models;  ///< empty: those that the store knows of
    check health = check::off;
    format shape = format::text;
};

struct stored_letters_request {
    std::filesystem::path store;
    std::filesystem::path models;    ///< as above
    std::vector<std::string> names;  ///< none: all
    bool failed_only = false;
    std::int64_t limit = 1000;
    event_display display;
};

}  // namespace foldline::inline v0::cli
