#pragma once

#include <foldline/cli/projection_verbs.hpp>
#include <foldline/core/clock.hpp>
#include <foldline/core/read_query.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/core/uuid.hpp>

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
/// As the program usually does; as they are stored; or as upcasters make them, those of the application or of the file.
enum class shown_as { usual, stored, upcast };

/// How they are shown.
struct event_display {
    format shape = format::text;
    personal_data personal = personal_data::masked;
    escaping escape = escaping::on;
    shown_as as = shown_as::usual;
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

/// How people name one event: by its position, its id, or its stream and version.
struct stream_place {
    stream_id stream;
    stream_version version;
};
using event_address = std::variant<global_position, event_id, stream_place>;

struct show_request {
    std::filesystem::path store;
    std::optional<event_address> event;
    event_display display;
};

enum class comparison { equal, unequal, less, at_most, greater, at_least, contains };

/// `address.country = France`.
struct field_condition {
    std::string path;
    comparison how = comparison::equal;
    std::string wanted;
};

enum class event_time { recorded, occurred };

struct search_request {
    std::filesystem::path store;
    event_selection which;
    std::vector<field_condition> conditions;  ///< all must hold
    std::string text;                         ///< in any field of text; empty: no matter
    std::optional<timestamp> since;
    std::optional<timestamp> until;  ///< not included
    event_time time = event_time::recorded;
    read_direction direction = read_direction::forward;
    bool count_only = false;
    event_display display;
};

struct trace_request {
    std::filesystem::path store;
    std::string what;  ///< a correlation id, an event's id or a position
    std::int64_t depth = 100;
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
