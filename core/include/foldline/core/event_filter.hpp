#pragma once

#include <foldline/core/event_type.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/core/function_ref.hpp>
#include <foldline/core/read_query.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// What a query asks of an event beside its place between the bounds, as a store asks it event by event: its category,
/// its type and its correlation id. A type's name is looked at once.
///
/// Threads: confined. The query outlives it.
class event_filter {
public:
    using type_lookup = function_ref<event_type(event_type_id)>;

    explicit event_filter(const read_query& query);

    /// Whether every event is wanted that the bounds let through.
    [[nodiscard]] bool is_open() const {
        return !categories_ && query_.types().empty() && query_.correlation().empty();
    }

    [[nodiscard]] bool admits_category(std::string_view category) const {
        return !categories_ || std::find(categories_->begin(), categories_->end(), category) != categories_->end();
    }
    /// `type_of` tells the type behind the id; asked at the first event of each.
    [[nodiscard]] bool admits_type(event_type_id id, type_lookup type_of);
    [[nodiscard]] bool admits_metadata(std::string_view metadata) const;
    [[nodiscard]] bool admits(const event_view& event, type_lookup type_of) {
        return admits_category(event.stream.category) && admits_type(event.type, type_of) &&
               admits_metadata(event.metadata);
    }

private:
    enum class answer : std::uint8_t { unknown, no, yes };

    const read_query& query_;
    const std::vector<std::string>* categories_ = nullptr;
    std::vector<answer> answers_;  // by event_type_id
};

}  // namespace foldline::inline v0
