#pragma once

#include <foldline/core/event_type.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

namespace foldline::inline v0 {

/// Numbers event types for one store, in the order in which they are first asked for.
///
/// Threads: shared.
class event_type_table {
public:
    [[nodiscard]] event_type_id id_of(event_type type);
    /// The name lives as long as the table. `id` must come from this table.
    [[nodiscard]] event_type type_of(event_type_id id) const;

private:
    mutable std::shared_mutex mutex_;
    std::deque<std::string> names_;  // a deque, so that views into it stay valid as it grows
    std::deque<event_type> types_;
    std::map<event_type, event_type_id> ids_;
};

}  // namespace foldline::inline v0
