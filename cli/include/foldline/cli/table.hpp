#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

enum class align { left, right };

/// Rows of text in aligned columns. Takes any text: what a terminal must not get is escaped.
///
/// value.
class table {
public:
    struct heading {
        std::string title;
        align side = align::left;
    };

    explicit table(std::vector<heading> headings);

    table& add(std::vector<std::string> cells);
    /// A line between the rows before and those after.
    table& add_rule();
    void print(std::FILE* out) const;

private:
    void print_cells(std::FILE* out, const std::vector<std::string>& cells) const;

    std::vector<heading> headings_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<std::string>> rows_;  // one without cells is a rule
};

}  // namespace foldline::inline v0::cli
