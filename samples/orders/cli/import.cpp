#include "cli/fail.hpp"
#include "cli/shop_store.hpp"
#include "cli/verbs.hpp"
#include "import/importer.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/terminal_progress.hpp>

#include <fmt/core.h>

namespace shop {
namespace {

namespace cli = foldline::cli;

watcher showing(cli::terminal_progress& line) {
    return [&line](std::uint64_t done, std::uint64_t all) {
        line.show(done, all);
        return cli::is_interrupted() ? foldline::flow::stop : foldline::flow::go_on;
    };
}

import_summary import_watched(std::span<input_file> files, shop_store& shop) {
    cli::terminal_progress reading{"Reading", "bytes"};
    cli::terminal_progress storing{"Importing", "rows"};
    return import_invoices(files, shop.orders, shop.credit_notes, {showing(reading), showing(storing)});
}

std::string count_of(std::uint64_t number, const std::string& singular) {
    return cli::counted(static_cast<std::int64_t>(number), singular);
}

void print_summary(const import_summary& summary, std::size_t files) {
    const auto stored = summary.stored_orders + summary.stored_credit_notes;
    fmt::print("Read {} in {}.\n", count_of(summary.rows, "row"), count_of(files, "file"));
    fmt::print("  stored now     {} ({}, {}) with {}\n", count_of(stored, "invoice"),
               count_of(summary.stored_orders, "order"), count_of(summary.stored_credit_notes, "credit note"),
               count_of(summary.stored_lines, "line"));
    fmt::print("  stored before  {} with {}\n", count_of(summary.known_invoices, "invoice"),
               count_of(summary.known_lines, "line"));
    fmt::print("  rejected       {}", count_of(summary.rejected_rows, "row"));
    if (summary.not_stored > 0)
        fmt::print(", among them {} that cannot be stored", count_of(summary.not_stored, "invoice"));
    fmt::print("\n");
    for (const auto& file : summary.rejected_files) fmt::print("  see            {}\n", cli::printable(file.string()));
    if (stored == 0 && !summary.stopped) fmt::print("Nothing new was stored.\n");
}

}  // namespace

int run(const import_request& request) {
    cli::catch_interrupts();  // before anything is there that somebody could take for a sign that it works
    auto inputs = open_inputs(request.files);
    shop_store shop{request.store, foldline::sqlite::open_mode::create};
    const import_summary summary = import_watched(inputs, shop);
    print_summary(summary, inputs.size());
    if (!summary.stopped) return exit_code::ok;
    return fail(exit_code::interrupted,
                fmt::format("stopped with {} to go; start the import again and it goes on from here",
                            count_of(summary.not_reached, "invoice")));
}

}  // namespace shop
