#include "import/importer.hpp"

#include "import/input_error.hpp"
#include "shop/orders/v1/state.pb.h"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <set>
#include <string>
#include <utility>
#include <variant>

namespace shop {
namespace {

/// The first and the last event of an invoice, which are no lines.
constexpr std::size_t events_beside_lines = 2;

/// What one append takes. Asked before the rows are read, because nobody knows how many there are.
const std::size_t most_lines = foldline::append_limits{}.events - events_beside_lines;

using row_places = std::vector<indexed_invoice::row>;

/// An invoice as it stands in the files.
struct invoice {
    std::string number;
    std::string customer;
    std::string country;
    foldline::timestamp date;
    std::vector<line> lines;
    row_places rows;  // of the lines
};

class importer {
public:
    importer(std::span<input_file> files, foldline::repository<order>& orders,
             foldline::repository<credit_note>& credit_notes)
        : files_(files), orders_(orders), credit_notes_(credit_notes) {}

    void import(const indexed_invoice& indexed) {
        if (indexed.rows.size() > most_lines)
            return reject(indexed.rows, fmt::format("invoice {} has {} lines, and one append takes {}", indexed.number,
                                                    indexed.rows.size(), most_lines));
        const invoice read = read_rows(indexed);
        if (is_credit_note_number(read.number)) {
            const import_credit_note command{read.customer, read.country, read.lines, read.date};
            handle(credit_notes_, read, command, summary.stored_credit_notes);
        } else {
            const import_order command{read.customer, read.country, read.lines, read.date};
            handle(orders_, read, command, summary.stored_orders);
        }
    }

    void stop_before(std::span<const indexed_invoice> rest) {
        summary.stopped = true;
        summary.not_reached = rest.size();
    }

    import_summary summary;

private:
    /// The rows of an invoice agree on its head, or they are rejected: the first one counts.
    invoice read_rows(const indexed_invoice& indexed) {
        invoice whole;
        whole.number = indexed.number;
        for (const indexed_invoice::row& place : indexed.rows) {
            invoice_row row = row_at(place);
            if (whole.rows.empty()) {
                whole.customer = row.customer;
                whole.country = row.country;
                whole.date = row.date;
            }
            if (row.customer != whole.customer || row.country != whole.country) {
                files_[place.file].rejected.add(
                    record_, fmt::format("the row is of customer \"{}\" in {}, the first row of invoice {} of customer "
                                         "\"{}\" in {}",
                                         row.customer, row.country, whole.number, whole.customer, whole.country));
                continue;
            }
            whole.lines.push_back(std::move(row.line));
            whole.rows.push_back(place);
        }
        return whole;
    }

    template <class Repository, class Command>
    void handle(Repository& repository, const invoice& invoice, const Command& command, std::uint64_t& stored_now) {
        // The ids of the events come from the invoice and the line's number, never from what a row says: real files hold
        // the same row twice, and mean it.
        foldline::command_context context;
        context.id = foldline::command_id{foldline::uuid::from_name("online-retail/" + invoice.number)};
        context.occurred_at = command.at;
        try {
            const auto outcome = repository.handle(invoice.number, command, context);
            const auto* accepted = std::get_if<foldline::accepted>(&outcome);
            if (!accepted) return reject(invoice.rows, reason_of(outcome, invoice));
            if (accepted->when == foldline::stored::before) return compare(repository, invoice, command, *accepted);
            ++stored_now;
            summary.stored_lines += command.lines.size();
        } catch (const foldline::limit_exceeded& error) {
            reject(invoice.rows, fmt::format("invoice {}: {}", invoice.number, error.what()));
        }
    }

    /// An invoice that was stored before is the same, or its rows are rejected.
    template <class Repository, class Command>
    void compare(const Repository& repository, const invoice& invoice, const Command& command,
                 const foldline::accepted& before) {
        // The state right after the import: what happened to the order since then is no difference.
        const auto stored = repository.load(invoice.number, foldline::at_version{before.version});
        const std::size_t lines = before.events - events_beside_lines;
        if (is_result_of(stored.state, command)) {
            ++summary.known_invoices;
            summary.known_lines += lines;
        } else if (lines != command.lines.size()) {
            reject(invoice.rows, fmt::format("invoice {} is stored already with {} lines, the files have {}",
                                             invoice.number, lines, command.lines.size()));
        } else {
            reject(invoice.rows, fmt::format("invoice {} is stored already with other content", invoice.number));
        }
    }

    template <class Outcome>
    static std::string reason_of(const Outcome& outcome, const invoice& invoice) {
        if (std::holds_alternative<foldline::conflicted>(outcome))
            return fmt::format("somebody else keeps writing to invoice {}", invoice.number);
        if (const auto* reused = std::get_if<foldline::id_reused>(&outcome))
            return fmt::format("the event id {} of invoice {} is used already", reused->id.to_string(), invoice.number);
        return fmt::format("invoice {}: {}", invoice.number, to_string(std::get<1>(outcome).reason));
    }

    void reject(const row_places& rows, const std::string& reason) {
        ++summary.not_stored;
        for (const indexed_invoice::row& place : rows) {
            go_to(place);
            files_[place.file].rejected.add(record_, reason);
        }
    }

    /// Reads the record at `place` into `record_`.
    void go_to(const indexed_invoice::row& place) {
        csv_reader& reader = files_[place.file].reader;
        reader.go_to({place.offset, place.line});
        if (!reader.next(record_)) throw changed(place);
    }

    invoice_row row_at(const indexed_invoice::row& place) {
        go_to(place);
        if (!record_.problem.empty()) throw changed(place);
        auto read = files_[place.file].columns.read(record_.fields);
        if (auto* row = std::get_if<invoice_row>(&read)) return std::move(*row);
        throw changed(place);
    }

    [[nodiscard]] input_error changed(const indexed_invoice::row& place) const {
        return input_error(fmt::format("{} changed while it was imported (line {}); import it again",
                                       files_[place.file].reader.file().string(), place.line));
    }

    std::span<input_file> files_;
    foldline::repository<order>& orders_;
    foldline::repository<credit_note>& credit_notes_;
    csv_record record_;
};

/// The second pass.
void store_invoices(const invoice_index& index, importer& importer, const watcher& watch) {
    std::uint64_t rows = 0;
    std::uint64_t all_rows = 0;
    for (const indexed_invoice& invoice : index.invoices) all_rows += invoice.rows.size();

    for (std::size_t done = 0; done < index.invoices.size(); ++done) {
        if (watch(rows, all_rows) == foldline::flow::stop)
            return importer.stop_before(std::span(index.invoices).subspan(done));
        importer.import(index.invoices[done]);
        rows += index.invoices[done].rows.size();
    }
}

void finish_rejected(std::span<input_file> files, import_summary& summary) {
    for (input_file& file : files) {
        if (file.rejected.count() == 0) continue;
        file.rejected.finish();
        summary.rejected_rows += file.rejected.count();
        summary.rejected_files.push_back(file.rejected.file());
    }
}

}  // namespace

std::vector<input_file> open_inputs(std::span<const std::filesystem::path> files) {
    std::vector<input_file> inputs;
    inputs.reserve(files.size());
    std::set<std::filesystem::path> seen;
    for (const auto& file : files) {
        inputs.emplace_back(file);
        if (!seen.insert(std::filesystem::canonical(file)).second)
            throw input_error(fmt::format("{} is named twice; its rows would count twice", file.string()));
    }
    return inputs;
}

import_summary import_invoices(std::span<input_file> files, foldline::repository<order>& orders,
                               foldline::repository<credit_note>& credit_notes, const import_watchers& watch) {
    const invoice_index index = index_invoices(files, watch.reading);
    importer importer{files, orders, credit_notes};
    importer.summary.rows = index.rows;
    if (index.stopped) importer.stop_before(index.invoices);
    else store_invoices(index, importer, watch.storing);
    finish_rejected(files, importer.summary);
    return importer.summary;
}

}  // namespace shop
