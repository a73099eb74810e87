#include "verify_notes.hpp"

#include "sqlite_error.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>

namespace foldline::inline v0::sqlite {
namespace {

/// The place that a line of SQLite's check speaks of: `On tree page 12 cell 3: …`, `row 7 missing from index …`.
std::string place_of(std::string_view line) {
    constexpr std::string_view digits = "0123456789";
    for (std::string_view word : {"page ", "Page "})
        if (const auto at = line.find(word); at != std::string_view::npos) {
            const std::string_view number = line.substr(at + word.size());
            const std::size_t length = std::min(number.find_first_not_of(digits), number.size());
            if (length > 0) return fmt::format("page {}", number.substr(0, length));
        }
    constexpr std::string_view index = " index ";
    if (const auto at = line.find(index); at != std::string_view::npos)
        return fmt::format("index {}", line.substr(at + index.size()));
    return "pages";
}

void add_lines(std::string_view text, verification_notes& notes) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.empty() || line.starts_with("***")) continue;  // a headline
        notes.add(place_of(line), std::string(line));
    }
}

void check_structure(connection& db, verification_notes& notes) {
    // SQLite takes 0 for its own bound.
    const std::size_t most = std::clamp<std::size_t>(notes.most_findings(), 1, 1'000'000);
    statement lines = db.prepare(fmt::format("pragma integrity_check({})", most));
    while (lines.step())
        if (lines.text(0) != "ok") add_lines(lines.text(0), notes);
}

/// A file is whole pages, unless another process writes one at this moment.
void check_length(connection& db, verification_notes& notes) {
    sqlite3_file* file = nullptr;
    check(db.handle(), sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file), "find the file");
    const std::int64_t page_size = db.integer("pragma page_size");
    sqlite3_int64 length = 0;
    for (int look = 0; look < 3; ++look) {
        check(db.handle(), file->pMethods->xFileSize(file, &length), "ask for the length of the file");
        if (length % page_size == 0) return;
    }
    notes.add("file", fmt::format("it is {} bytes long, which is no whole number of pages of {}", length, page_size));
}

}  // namespace

void verify_pages(connection& db, verification_notes& notes) {
    notes.result.pages = db.integer("pragma page_count");
    check_structure(db, notes);
    check_length(db, notes);
}

}  // namespace foldline::inline v0::sqlite
