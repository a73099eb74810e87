#pragma once

#include <foldline/core/detail/growing_table.hpp>
#include <foldline/core/event_type.hpp>

#include <string>

namespace foldline::inline v0 {

/// Numbers event types for one store, in the order in which they are first asked for.
///
/// Threads: shared. What is known already is looked up without a lock.
class event_type_table {
public:
    [[nodiscard]] event_type_id id_of(event_type type);
    /// The name lives as long as the table. `id` must come from this table.
    [[nodiscard]] event_type type_of(event_type_id id) const;

private:
    struct numbered_type {
        std::string name;
        std::uint32_t version;
        event_type_id id;
    };

    detail::growing_table<numbered_type> types_;
};

}  // namespace foldline::inline v0
