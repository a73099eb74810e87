#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// Where a record begins in its file.
struct csv_place {
    std::uint64_t offset = 0;
    std::uint64_t line = 1;
};

/// One record of a CSV file, in UTF-8. Its memory is reused when the next one is read into it.
struct csv_record {
    csv_place place;
    std::string text;                 ///< as written, without the end of its line
    std::vector<std::string> fields;  ///< unquoted; without meaning if there is a problem
    std::string_view problem;         ///< why this is no record; empty if it is one
};

/// Reads the records of a CSV file (RFC 4180). Quoted fields may hold commas, doubled quotes and ends of lines; lines end
/// in LF or CRLF; a byte order mark and empty lines are passed over; what is not UTF-8 is taken as Latin-1.
///
/// A record that breaks the rules is only its first line, and the next line is tried anew: one bad quote costs one line,
/// not the rest of the file.
///
/// confined.
/// Fails: input_error.
class csv_reader {
public:
    explicit csv_reader(std::filesystem::path file);

    /// Reads the next record; false after the last one.
    bool next(csv_record& record);
    /// Goes on at the place of a record that was read before.
    void go_to(csv_place place);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] std::uint64_t offset() const { return place_.offset; }

private:
    bool read_line(std::string& line);
    void join_quoted_lines(csv_record& record);

    std::filesystem::path file_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> handle_;
    csv_place place_;
};

}  // namespace shop
