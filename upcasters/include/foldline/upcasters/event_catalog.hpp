#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/decider.hpp>
#include <foldline/core/event_type.hpp>

#include <cstdint>
#include <map>
#include <string_view>

namespace foldline::inline v0 {

/// The schemas that a program handles: the events of its aggregates and projections.
///
///     event_catalog known;
///     known.add(order::events{}).add(customer::events{});
///
/// value.
class event_catalog {
public:
    /// Throws `definition_error` if two messages bear one name and version.
    template <class... Events>
    event_catalog& add(event_list<Events...>) {
        // Asked of the compiler first: it names a class without the option more readably than the exception does.
        (static_cast<void>(detail::type_of_event<Events>()), ...);
        (add(schema_of(Events::default_instance())), ...);
        return *this;
    }
    /// `schema` lives as long as the process, as those of `schema_of` do.
    event_catalog& add(const event_schema& schema);

    [[nodiscard]] bool knows(event_type type) const { return schemas_.contains(type); }
    /// The full name of the message that is this event; empty for an unknown one.
    [[nodiscard]] std::string_view message_of(event_type type) const;
    /// The newest version of an event, or 0 if its name is not known.
    [[nodiscard]] std::uint32_t newest_version(std::string_view name) const;
    [[nodiscard]] const std::map<event_type, const event_schema*>& schemas() const { return schemas_; }

private:
    std::map<event_type, const event_schema*> schemas_;
};

}  // namespace foldline::inline v0
