#pragma once

#include <foldline/upcasters/upcaster.hpp>

#include <concepts>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The upcasters of a program, at most one for each old schema; what one makes is taken on by the next, to the end.
///
///     upcaster_chain chain;
///     chain.add([](const v1::OrderPlaced& old) { return v2::OrderPlaced{…}; })
///          .add([](const v1::CartViewed&, emits<> drop) {});
///
/// value.
class upcaster_chain {
public:
    /// Adds the step that a callable describes; its event types are read from its parameters and its result. Throws
    /// `definition_error` for a second step from one schema, and for one that would lead back to where it starts.
    template <class F>
        requires(!std::same_as<F, upcaster>)
    upcaster_chain& add(F upcast) { return add(make_upcaster(std::move(upcast))); }
    upcaster_chain& add(upcaster step);

    /// The steps, by the schema that they start from.
    [[nodiscard]] const std::map<event_type, upcaster>& steps() const { return steps_; }
    [[nodiscard]] const upcaster* step_from(event_type type) const;

    /// The schemas that a stored event of this schema may be handed on as: itself where no step starts from it.
    [[nodiscard]] std::vector<event_type> ends_of(event_type type) const;

    /// Changes when the steps lead elsewhere, and does not depend on the order in which they were added; 0 for a chain
    /// without steps. It cannot see the code inside a step: if that changes its meaning, raise `state_version` of the
    /// aggregates that have snapshots.
    [[nodiscard]] std::uint64_t fingerprint() const;

private:
    std::map<event_type, upcaster> steps_;
};

}  // namespace foldline::inline v0
