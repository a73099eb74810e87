#include <foldline/upcasters/event_catalog.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <iterator>
#include <limits>

namespace foldline::inline v0 {

event_catalog& event_catalog::add(const event_schema& schema) {
    const auto [known, is_new] = schemas_.try_emplace(schema.type, &schema);
    if (!is_new && known->second->message != schema.message)
        throw definition_error(fmt::format("two messages are the event {}: {} and {}", schema.type.to_string(),
                                           known->second->message, schema.message));
    return *this;
}

std::string_view event_catalog::message_of(event_type type) const {
    const auto known = schemas_.find(type);
    return known == schemas_.end() ? std::string_view{} : known->second->message;
}

std::uint32_t event_catalog::newest_version(std::string_view name) const {
    const auto beyond = schemas_.upper_bound({name, std::numeric_limits<std::uint32_t>::max()});
    if (beyond == schemas_.begin() || std::prev(beyond)->first.name != name) return 0;
    return std::prev(beyond)->first.version;
}

}  // namespace foldline::inline v0
