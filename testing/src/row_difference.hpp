#pragma once

#include <foldline/testing/projection_spec.hpp>

#include <initializer_list>
#include <string>
#include <vector>

namespace foldline::inline v0::testing {

/// Compares the rows of a query, as they come, with those that are expected.
///
/// confined.
class row_difference {
public:
    using expected_rows = std::initializer_list<std::initializer_list<expected_cell>>;
    explicit row_difference(expected_rows expected) : expected_(expected) {}

    void add(const sql_row& actual);
    /// Whether all rows came, and no other.
    [[nodiscard]] bool is_empty() const { return !differs_ && next_ == expected_.size(); }
    /// Both tables, row by row, with `[ ]` around the cells that differ.
    [[nodiscard]] std::string to_string() const;

private:
    /// `mark` is `-` for a row that is expected and `+` for one that came; a row that is as expected has none.
    struct line {
        char mark;
        std::vector<std::string> cells;
    };
    [[nodiscard]] std::vector<line> lines() const;
    void add_equal_or_not(const sql_row& actual, const std::initializer_list<expected_cell>& expected);

    expected_rows expected_;
    std::size_t next_ = 0;
    bool differs_ = false;
    std::vector<std::string> names_;
    std::vector<line> lines_;
};

}  // namespace foldline::inline v0::testing
