#pragma once

#include "requests.hpp"

#include <foldline/core/global_position.hpp>
#include <foldline/projections/partition.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace foldline::inline v0::cli {

// ------------------------------------------------------------------------------------------------------------ `follow`

enum class sharing { group, alone };
enum class follow_end { never, current };

struct follow_request {
    std::filesystem::path store;
    std::vector<std::string> names;  ///< none: all
    std::optional<std::int64_t> partitions;
    sharing work = sharing::group;
    follow_end end = follow_end::never;
    personal_data personal = personal_data::masked;
};

// ------------------------------------------------------------------------------------------------------- `projections`

struct status_request {
    std::filesystem::path store;
    check health = check::off;
    std::int64_t most_lag_s = 0;  ///< that a check takes for none
    format shape = format::text;
};

enum class rebuild_end { swap, compare };

struct rebuild_request {
    std::filesystem::path store;
    std::vector<std::string> names;  ///< none: all
    std::string order_key;           ///< empty: all that there are
    double effort = 1.0;
    rebuild_end end = rebuild_end::swap;
    std::int64_t most_differences = 20;
    format shape = format::text;
    personal_data personal = personal_data::masked;  ///< of errors; rows are shown as they are
};

enum class pausing { pause, resume };

struct pause_request {
    std::filesystem::path store;
    std::vector<std::string> names;
    pausing what = pausing::pause;
};

struct reset_request {
    std::filesystem::path store;
    std::vector<std::string> names;
};

struct remove_request {
    std::filesystem::path store;
    std::vector<std::string> names;
};

struct split_request {
    std::filesystem::path store;
    std::string name;
    std::vector<partition> parts;
};

struct merge_request {
    std::filesystem::path store;
    std::string name;
    std::vector<partition> halves;  ///< two
};

// ------------------------------------------------------------------------------------------------------ `dead-letters`

struct letter_count_request {
    std::filesystem::path store;
    std::vector<std::string> names;  ///< none: all
    format shape = format::text;
};

struct letter_list_request {
    std::filesystem::path store;
    std::vector<std::string> names;        ///< none: all
    std::optional<std::string> order_key;  ///< absent: any
    bool failed_only = false;
    std::int64_t limit = 1000;
    format shape = format::text;
    personal_data personal = personal_data::masked;
};

struct letter_show_request {
    std::filesystem::path store;
    std::string name;
    global_position position;
    event_display display;
};

struct letter_explain_request {
    std::filesystem::path store;
    std::string name;
    std::string which;  ///< a position, or an order key
    std::int64_t limit = 1000;
    format shape = format::text;
    personal_data personal = personal_data::masked;
};

struct order_key {
    std::string text;
};
struct every_key {};

struct letter_retry_request {
    std::filesystem::path store;
    std::string name;
    std::variant<std::monostate, global_position, order_key, every_key> which;  ///< not the first one
    format shape = format::text;
    personal_data personal = personal_data::masked;
};

struct letter_drop_request {
    std::filesystem::path store;
    std::string name;
    global_position position;
    std::string reason;
};

struct letter_dropped_request {
    std::filesystem::path store;
    std::string name;
    std::int64_t limit = 1000;
    format shape = format::text;
    personal_data personal = personal_data::masked;
};

/// What `projection_request` holds.
struct projection_task {
    std::variant<follow_request, status_request, rebuild_request, pause_request, reset_request, remove_request,
                 split_request, merge_request, letter_count_request, letter_list_request, letter_show_request,
                 letter_explain_request, letter_retry_request, letter_drop_request, letter_dropped_request>
        what;
};

}  // namespace foldline::inline v0::cli
