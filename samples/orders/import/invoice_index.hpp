#pragma once

#include "import/csv_reader.hpp"
#include "import/invoice_row.hpp"
#include "import/rejected_rows.hpp"
#include "import/watcher.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace shop {

/// A file that is being imported.
struct input_file {
    /// Reads the header. Throws `input_error` if there is none.
    explicit input_file(const std::filesystem::path& file);

    csv_reader reader;
    invoice_columns columns;
    rejected_rows rejected;
};

/// Where the rows of one invoice stand.
struct indexed_invoice {
    struct row {
        std::uint64_t offset;
        std::uint32_t line;
        std::uint32_t file;
    };
    std::string number;
    std::vector<row> rows;
};

struct invoice_index {
    std::vector<indexed_invoice> invoices;  ///< in the order in which they first appear
    std::uint64_t rows = 0;                 ///< read, the rejected ones included
    bool stopped = false;
};

/// The first pass: finds the rows of each invoice, which may be scattered over all files, without keeping them, and
/// rejects what cannot be read.
[[nodiscard]] invoice_index index_invoices(std::span<input_file> files, const watcher& watch);

}  // namespace shop
