#include "import/invoice_index.hpp"

#include "import/input_error.hpp"

#include <fmt/core.h>

#include <unordered_map>

namespace shop {
namespace {

constexpr std::uint64_t rows_between_reports = 1000;

std::vector<std::string> header_of(csv_reader& reader) {
    csv_record record;
    if (!reader.next(record)) throw input_error(fmt::format("{} is empty", reader.file().string()));
    return record.fields;
}

std::uint64_t bytes_of(std::span<const input_file> files) {
    std::uint64_t bytes = 0;
    for (const input_file& file : files) bytes += std::filesystem::file_size(file.reader.file());
    return bytes;
}

class indexer {
public:
    /// Files the row under its invoice; the reason if it cannot be read.
    std::string add(const csv_record& record, const invoice_columns& columns, std::uint32_t file) {
        ++index_.rows;
        if (!record.problem.empty()) return std::string(record.problem);
        const auto read = columns.read(record.fields);
        if (const auto* problem = std::get_if<row_problem>(&read)) return problem->reason;
        invoice(std::get<invoice_row>(read).invoice)
            .rows.push_back({record.place.offset, static_cast<std::uint32_t>(record.place.line), file});
        return {};
    }

    [[nodiscard]] std::uint64_t rows() const { return index_.rows; }
    [[nodiscard]] invoice_index take(bool stopped) {
        index_.stopped = stopped;
        return std::move(index_);
    }

private:
    indexed_invoice& invoice(const std::string& number) {
        const auto [known, is_new] = known_.try_emplace(number, index_.invoices.size());
        if (is_new) index_.invoices.push_back({number, {}});
        return index_.invoices[known->second];
    }

    invoice_index index_;
    std::unordered_map<std::string, std::size_t> known_;
};

}  // namespace

input_file::input_file(const std::filesystem::path& file)
    : reader(file), columns(header_of(reader), file), rejected(file) {}

invoice_index index_invoices(std::span<input_file> files, const watcher& watch) {
    const std::uint64_t all_bytes = bytes_of(files);
    std::uint64_t bytes_before = 0;
    indexer indexer;
    csv_record record;
    for (std::uint32_t number = 0; input_file & file : files) {
        while (file.reader.next(record)) {
            if (const auto reason = indexer.add(record, file.columns, number); !reason.empty())
                file.rejected.add(record, reason);
            if (indexer.rows() % rows_between_reports == 0 &&
                watch(bytes_before + file.reader.offset(), all_bytes) == foldline::flow::stop)
                return indexer.take(true);
        }
        bytes_before += file.reader.offset();
        ++number;
    }
    return indexer.take(false);
}

}  // namespace shop
