#pragma once

#include "schema_rows.hpp"

#include <foldline/core/event_type.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/upcasters/schema_rules.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Decides which schemas may stand beside those that are stored under a name and version, and stores them.
///
/// confined to the writer.
class schema_registry {
public:
    explicit schema_registry(compatibility asked) : asked_(std::move(asked)) {}

    /// Adds `schema` to those of its type, as that of the event at `position`, unless it is there. Throws
    /// `incompatible_schema` if it breaks a rule; what the caller stored before is the caller's to undo. In a
    /// transaction.
    void admit(connection& db, std::int64_t type, const event_schema& schema, std::int64_t position);

    /// Throws as `admit` did, if it did and would again. Does not read the schemas anew, and stores nothing.
    void require_not_refused(connection& db, std::int64_t type, const event_schema& schema);

    /// The file may be another one now.
    void forget() { refusals_.clear(); }

private:
    struct refusal {
        std::int64_t type;
        const event_schema* schema;
        schema_mark newest;  // at that time
        std::string why;
    };

    void require_compatible(connection& db, std::int64_t type, const std::vector<schema_row>& stored,
                            const event_schema& schema);

    compatibility asked_;
    std::vector<refusal> refusals_;
};

}  // namespace foldline::inline v0::sqlite
