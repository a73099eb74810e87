#include <foldline/core/event_type.hpp>
#include <foldline/core/event_type_table.hpp>

#include <fmt/core.h>

#include <stdexcept>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {

std::string event_type::to_string() const { return fmt::format("{}@{}", name, version); }

event_type_id event_type_table::id_of(event_type type) {
    const std::size_t hash = XXH3_64bits_withSeed(type.name.data(), type.name.size(), type.version);
    const auto matches = [&](const numbered_type& known) {
        return known.version == type.version && known.name == type.name;
    };
    const auto number = [&](std::size_t index) {
        return numbered_type{std::string(type.name), type.version, event_type_id{static_cast<std::uint32_t>(index)}};
    };
    return types_.find_or_add(hash, matches, number).id;
}

event_type event_type_table::type_of(event_type_id id) const {
    const numbered_type* known = types_.at(static_cast<std::size_t>(id));
    if (!known) throw std::out_of_range(fmt::format("no event type has the number {}", static_cast<std::size_t>(id)));
    return {known->name, known->version};
}

}  // namespace foldline::inline v0
