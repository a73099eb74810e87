#pragma once

#include "domain/credit_note.hpp"
#include "domain/order.hpp"
#include "import/invoice_index.hpp"
#include "import/watcher.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace shop {

/// What became of the rows of an import: each is stored, was stored before, or stands in a rejected file.
struct import_summary {
    std::uint64_t rows = 0;
    std::uint64_t rejected_rows = 0;
    std::uint64_t stored_orders = 0;
    std::uint64_t stored_credit_notes = 0;
    std::uint64_t stored_lines = 0;
    std::uint64_t known_invoices = 0;  ///< stored before, exactly as the files have them
    std::uint64_t known_lines = 0;
    std::uint64_t not_stored =
        0;  ///< invoices that differ from what is stored, or are refused; their rows are rejected
    std::uint64_t not_reached = 0;  ///< invoices left over because the import was stopped
    std::vector<std::filesystem::path> rejected_files;
    bool stopped = false;
};

/// Who watches an import.
struct import_watchers {
    watcher reading;  ///< the first pass, in bytes
    watcher storing;  ///< the second, in rows; asked between two invoices
};

/// Opens the files of an import. Throws `input_error` for one that cannot be read, has not the columns, or is named twice.
[[nodiscard]] std::vector<input_file> open_inputs(std::span<const std::filesystem::path> files);

/// Imports invoices from files in the published format of the Online Retail data: one stream an invoice, all of it in one
/// append, in the order in which they first appear. An invoice that is stored already is compared and not stored again,
/// so an import that was stopped is simply started anew.
///
/// Fails: as the repositories; input_error, before anything is stored, where a folder takes no rejected rows.
[[nodiscard]] import_summary import_invoices(std::span<input_file> files, foldline::repository<order>& orders,
                                             foldline::repository<credit_note>& credit_notes,
                                             const import_watchers& watch);

}  // namespace shop
