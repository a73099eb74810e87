#pragma once

#include "requests.hpp"

#include <cstdio>
#include <string_view>

namespace foldline::inline v0::cli {

/// Writes JSON objects, each as it comes: as one array, or one a line.
///
/// confined.
class object_list {
public:
    /// `shape` is `json` or `ndjson`.
    object_list(std::FILE* out, format shape) : out_(out), shape_(shape) {}

    void add(std::string_view object);
    /// Closes the array.
    void end();

private:
    std::FILE* out_;
    format shape_;
    bool is_empty_ = true;
};

}  // namespace foldline::inline v0::cli
