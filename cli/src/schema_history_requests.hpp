#pragma once

#include "requests.hpp"

#include <foldline/upcasters/schema_rules.hpp>

#include <filesystem>

namespace foldline::inline v0::cli {

struct schema_check_request {
    std::filesystem::path past;  ///< a folder is a history, a file is a store
    std::filesystem::path descriptors;
    compatibility asked;
    format shape = format::text;
};

struct schema_history_request {
    std::filesystem::path folder;
    format shape = format::text;
};

struct schema_accept_request {
    std::filesystem::path folder;
    std::filesystem::path descriptors;
    compatibility asked;
    format shape = format::text;
};

}  // namespace foldline::inline v0::cli
