#include "line_reader.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <stdexcept>

namespace foldline::inline v0::cli {

bool line_reader::next() {
    ++number_;
    std::size_t searched = begin_;
    for (;;) {
        if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
            line_ = std::string_view{buffer_}.substr(begin_, end - begin_);
            bytes_ += line_.size() + 1;
            begin_ = end + 1;
            return true;
        }
        buffer_.erase(0, begin_);
        begin_ = 0;
        searched = buffer_.size();
        if (searched > longest_line) throw invalid_request(fmt::format("it is longer than {} bytes", longest_line));
        if (fill()) continue;
        if (buffer_.empty()) return false;
        throw invalid_request("it is cut off: no newline ends it");
    }
}

bool line_reader::fill() {
    constexpr std::size_t chunk = std::size_t{256} << 10U;
    const std::size_t before = buffer_.size();
    buffer_.resize(before + chunk);
    const std::size_t got = std::fread(buffer_.data() + before, 1, chunk, from_);
    buffer_.resize(before + got);
    if (got == 0 && std::ferror(from_)) throw std::runtime_error("the input could not be read");
    return got > 0;
}

}  // namespace foldline::inline v0::cli
