#pragma once

#include "raw_projection.hpp"

#include <foldline/projections/sql_projection.hpp>

#include <filesystem>

namespace foldline_bench {

// A read model in a table: what was sold of each of a thousand products. Every event is one upsert.

[[nodiscard]] foldline::sql_projection products();

/// The same by hand.
///
/// confined.
class raw_products {
public:
    explicit raw_products(const std::filesystem::path& file);

    /// Applies what there is; `events_a_commit` to each commit. Gives the position of the last event.
    std::int64_t follow(raw_events& events, std::int64_t events_a_commit);

private:
    void add(const v1::LineMeasured& line);

    raw_read_model rows_;
    raw_statement upsert_;
};

}  // namespace foldline_bench
