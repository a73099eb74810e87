#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/sqlite/connection.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// A schema of an event type, as a row of `log_schemas` tells of it.
struct schema_row {
    std::int64_t revision = 0;        ///< 1, 2, 3 … within the type
    std::int64_t first_position = 0;  ///< of the first event that was written by it; 0 where nobody noted it
    event_schema schema;
};

/// The schemas of a type, oldest first; `type` is its row in `log_types`. The rows of format 1 have no order but that
/// of their hashes. Throws `corrupt_data` for one that is not as it was written.
[[nodiscard]] std::vector<schema_row> schemas_of(connection& db, std::int64_t type, event_type named);

/// The newest schema of a type, by what tells it from others.
struct schema_mark {
    std::int64_t revision = 0;  ///< 0: there is none
    std::int64_t hash = 0;

    friend bool operator==(const schema_mark&, const schema_mark&) = default;
};
[[nodiscard]] schema_mark newest_schema(connection& db, std::int64_t type);

/// Whether a type has a schema of these bytes.
[[nodiscard]] bool holds_schema(connection& db, std::int64_t type, const event_schema& schema);

/// In a transaction.
void add_schema(connection& db, std::int64_t type, const schema_row& added);

/// What stands beside a descriptor set.
[[nodiscard]] std::int64_t hash_of_schema(std::string_view descriptor_set);

/// What is wrong with a row, as it stands in the file; none if nothing. `checksum` is none in a row of format 1.
[[nodiscard]] std::optional<std::string_view> fault_of(const schema_row& row, std::int64_t hash,
                                                       std::optional<std::int64_t> checksum);

}  // namespace foldline::inline v0::sqlite
