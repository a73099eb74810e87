#pragma once

#include "requests.hpp"

#include <foldline/upcasters/schema_rules.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// A stored schema as people name it: `order-placed`, `order-placed@2` or `order-placed@2#1`. What is left out is the
/// newest one.
///
/// value.
struct schema_address {
    std::string name;
    std::optional<std::uint32_t> version{};
    std::optional<std::size_t> revision{};

    [[nodiscard]] std::string to_string() const;
};

struct schema_list_request {
    std::filesystem::path store;
    format shape = format::text;
};

struct schema_show_request {
    std::filesystem::path store;
    schema_address which;
    event_display display;
};

struct schema_diff_request {
    std::filesystem::path store;
    std::filesystem::path other;        ///< empty: both schemas are in `store`
    std::vector<schema_address> which;  ///< with another store: none for all that both have
    schema_level level = schema_level::wire;
    event_display display;
};

struct schema_export_request {
    std::filesystem::path store;
    std::filesystem::path folder;
    std::vector<schema_address> which;  ///< none: the newest of every type
    format shape = format::text;
};

}  // namespace foldline::inline v0::cli
