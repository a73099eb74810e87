#include <foldline/core/event_type.hpp>
#include <foldline/core/event_type_table.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {

std::string event_type::to_string() const { return fmt::format("{}@{}", name, version); }

event_type_id event_type_table::id_of(event_type type) {
    {
        std::shared_lock lock{mutex_};
        if (auto known = ids_.find(type); known != ids_.end()) return known->second;
    }
    std::unique_lock lock{mutex_};
    if (auto known = ids_.find(type); known != ids_.end()) return known->second;
    type.name = names_.emplace_back(type.name);
    types_.push_back(type);
    return ids_.emplace(type, event_type_id{static_cast<std::uint32_t>(types_.size() - 1)}).first->second;
}

event_type event_type_table::type_of(event_type_id id) const {
    std::shared_lock lock{mutex_};
    return types_.at(static_cast<std::size_t>(id));
}

}  // namespace foldline::inline v0
