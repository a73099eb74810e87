#pragma once

#include "sql_request.hpp"

#include <foldline/cli/table.hpp>
#include <foldline/projections/sql_session.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// Writes the rows of a result: as a table, a JSON array of objects, one object a line, or CSV (RFC 4180) with a
/// heading. JSON has numbers as numbers, and blobs as base64; the table and CSV have nothing for null, and blobs in
/// hexadecimal.
///
/// confined.
class row_writer {
public:
    row_writer(std::FILE* out, row_format shape, escaping escape) : out_(out), shape_(shape), escape_(escape) {}

    [[nodiscard]] bool has_heading() const { return has_heading_; }
    void write_heading(std::vector<std::string> names);
    void write(const sql_row& row);
    /// One value below each heading, which was written before.
    void write(const std::vector<sql_value>& values);
    void end();

private:
    void write_object(const std::vector<sql_value>& values);
    void write_csv(const std::vector<std::string>& cells);

    std::FILE* out_;
    row_format shape_;
    escaping escape_;
    bool has_heading_ = false;
    bool is_first_ = true;
    std::vector<std::string> names_;
    std::vector<std::vector<std::string>> rows_;  // a table is as wide as its widest row
    std::vector<bool> is_number_;
};

}  // namespace foldline::inline v0::cli
