#pragma once

#include "requests.hpp"

#include <foldline/sqlite/sqlite_event_store.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0::cli {

struct export_request {
    std::filesystem::path store;
    std::filesystem::path file;  ///< empty, or `-`: the standard output
    event_selection which;
    personal_data personal = personal_data::masked;
};

enum class numbers { kept, anew };

struct import_request {
    std::filesystem::path file;  ///< `-`: the standard input
    std::filesystem::path store;
    numbers numbering = numbers::kept;
    std::optional<sqlite::stream_index> index;
    format shape = format::text;
};

struct copy_request {
    std::filesystem::path store;
    std::filesystem::path copy;
    event_selection which;
    std::vector<std::pair<std::string, std::string>> new_categories;
    bool redact = false;
    shown_as as = shown_as::stored;
    std::optional<sqlite::stream_index> index;
    format shape = format::text;
};

struct diff_request {
    std::filesystem::path store;
    std::filesystem::path other;
    std::int64_t limit = 100;
    event_display display;
};

}  // namespace foldline::inline v0::cli
