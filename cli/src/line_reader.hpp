#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// Reads lines of any bytes, of bounded length.
///
/// confined.
class line_reader {
public:
    static constexpr std::size_t longest_line = std::size_t{256} << 20U;

    explicit line_reader(std::FILE* from) : from_(from) {}

    /// Goes to the next line; false at the end. Throws `invalid_request` for one that is too long, or not ended by a
    /// newline, and `std::runtime_error` where nothing can be read.
    bool next();
    /// The line without its newline; lives until the next one.
    [[nodiscard]] std::string_view line() const { return line_; }
    /// From 1.
    [[nodiscard]] std::int64_t number() const { return number_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

private:
    /// Reads more; false at the end.
    bool fill();

    std::FILE* from_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what is not handed out yet
    std::string_view line_;
    std::int64_t number_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace foldline::inline v0::cli
