#include "import/csv_reader.hpp"

#include "import/input_error.hpp"

#include <foldline/cli/utf8.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace shop {
namespace {

namespace cli = foldline::cli;

/// Far beyond any row of an invoice. It bounds what a line without an end, or a quote that nobody closes, may take.
constexpr std::size_t longest_record = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::FILE* open(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) throw input_not_found(fmt::format("there is no file {}", file.string()));
    if (std::filesystem::is_directory(status))
        throw input_error(fmt::format("{} is a folder; name the CSV files in it", file.string()));
    if (!std::filesystem::is_regular_file(status))
        throw input_error(
            fmt::format("{} is no plain file, and the import reads it twice; save it first", file.string()));

    std::FILE* handle = std::fopen(file.c_str(), "rb");
    if (!handle)
        throw input_error(fmt::format("cannot read {}: {}", file.string(), std::generic_category().message(errno)));
    return handle;
}

/// Takes a quoted field off the front of `text`; false if its quote is not closed.
bool take_quoted(std::string_view& text, std::string& field) {
    text.remove_prefix(1);
    for (;;) {
        const auto quote = text.find('"');
        if (quote == std::string_view::npos) return false;
        field.append(text, 0, quote);
        text.remove_prefix(quote + 1);
        if (!text.starts_with('"')) return true;
        field += '"';
        text.remove_prefix(1);
    }
}

void take_plain(std::string_view& text, std::string& field) {
    const auto end = std::min(text.find(','), text.size());
    field.append(text, 0, end);
    text.remove_prefix(end);
}

enum class shape { record, open_quote, text_after_quote };

shape split(std::string_view text, std::vector<std::string>& fields) {
    std::size_t count = 0;
    for (bool more = true; more;) {
        if (fields.size() == count) fields.emplace_back();
        std::string& field = fields[count++];
        field.clear();
        if (!text.starts_with('"')) take_plain(text, field);
        else if (!take_quoted(text, field)) return shape::open_quote;

        more = text.starts_with(',');
        if (!more && !text.empty()) return shape::text_after_quote;
        if (more) text.remove_prefix(1);
    }
    fields.resize(count);
    return shape::record;
}

}  // namespace

csv_reader::csv_reader(std::filesystem::path file) : file_(std::move(file)), handle_(open(file_), std::fclose) {
    for (const char expected : byte_order_mark)
        if (std::getc(handle_.get()) != static_cast<unsigned char>(expected)) {
            std::rewind(handle_.get());
            return;
        }
    place_.offset = byte_order_mark.size();
}

bool csv_reader::next(csv_record& record) {
    do {
        record.place = place_;
        if (!read_line(record.text)) return false;
    } while (record.text.empty());

    record.problem = {};
    if (record.text.size() > longest_record) {
        record.problem = "the row is longer than 64 KiB";
        return true;
    }
    switch (split(record.text, record.fields)) {
        case shape::record: break;
        case shape::text_after_quote:
            record.problem = "there is text between a closing quote and the next comma";
            break;
        case shape::open_quote: join_quoted_lines(record); break;
    }
    return true;
}

/// The quote that is open at the end of the first line is closed by a line with an odd number of quotes.
void csv_reader::join_quoted_lines(csv_record& record) {
    const csv_place second_line = place_;
    csv_record joined{record};
    for (std::string line; joined.text.size() <= longest_record && read_line(line);) {
        joined.text.append("\n").append(line);
        if (std::count(line.begin(), line.end(), '"') % 2 == 0) continue;
        if (split(joined.text, joined.fields) != shape::record) break;
        record = std::move(joined);
        return;
    }
    record.problem = "a quote is opened and never closed";
    go_to(second_line);
}

void csv_reader::go_to(csv_place place) {
    if (place.offset == place_.offset) return;
    if (fseeko(handle_.get(), static_cast<off_t>(place.offset), SEEK_SET) != 0)
        throw input_error(
            fmt::format("cannot go back in {}: {}", file_.string(), std::generic_category().message(errno)));
    place_ = place;
}

/// Reads a line without its end, and of one that is too long as much as shows that it is; false at the end of the file.
bool csv_reader::read_line(std::string& line) {
    line.clear();
    const std::uint64_t begin = place_.offset;
    for (int c = 0; (c = getc_unlocked(handle_.get())) != EOF;) {
        ++place_.offset;
        if (c == '\n') {
            ++place_.line;
            break;
        }
        if (line.size() <= longest_record) line += static_cast<char>(c);
    }
    if (std::ferror(handle_.get()))
        throw input_error(fmt::format("cannot read {}: {}", file_.string(), std::generic_category().message(errno)));

    if (line.ends_with('\r')) line.pop_back();
    line = cli::to_utf8(std::move(line));
    return place_.offset > begin;
}

}  // namespace shop
