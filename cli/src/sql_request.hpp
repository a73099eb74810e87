#pragma once

#include "console.hpp"
#include "requests.hpp"

#include <filesystem>
#include <string>

namespace foldline::inline v0::cli {

enum class row_format { text, json, ndjson, csv };

struct sql_request {
    std::filesystem::path store;
    std::string statement;
    bool tables = false;    ///< list them, in the place of a statement
    std::string described;  ///< this one's columns, in the place of a statement
    row_format shape = row_format::text;
    event_display display;  ///< what is masked, and which reading of old events; `shape` of the rows stands above
};

/// Throws what foldline throws.
int run(const sql_request& request, const console& to);

}  // namespace foldline::inline v0::cli
