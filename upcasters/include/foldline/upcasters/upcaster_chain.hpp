#pragma once

#include <foldline/upcasters/carried_over.hpp>
#include <foldline/upcasters/dynamic_upcaster.hpp>
#include <foldline/upcasters/upcaster.hpp>

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace foldline::inline v0 {

/// The upcasters of a program, at most one for each old schema; what one makes is taken on by the next, to the end.
///
///     upcaster_chain chain;
///     chain.add([](const v1::OrderPlaced& old) { return v2::OrderPlaced{…}; })
///          .add([](const v1::CartViewed&, emits<> drop) {})
///          .add([](const v1::AddressConfirmed& later, const earlier<v1::AddressEntered>& entered) { … })
///          .add(carried_over<v2::OrderPlaced>([](v3::OrderPlaced& event) { event.set_currency("GBP"); }))
///          .add(renamed<NoteAdded>({"note-made", 1}))
///          .add_dynamic({"order-shipped", 1}, [](const dynamic_event& old) { return v2::OrderShipped{…}; })
///          .add(declared_upcaster{{"order-paid", 1}, {"order-paid", 2}}.fill("currency", "GBP"))
///          .rename_category("cart", "order");
///
/// value.
class upcaster_chain {
public:
    // Each throws `definition_error` for a second step from one schema, and for one that would lead back to where it
    // starts.

    /// Adds the step that a callable describes; its event types are read from its parameters and its result.
    template <class F>
        requires(!std::same_as<F, upcaster> && !std::same_as<F, declared_upcaster>)
    upcaster_chain& add(F upcast) { return add(make_upcaster(std::move(upcast))); }
    upcaster_chain& add(upcaster step);
    upcaster_chain& add(const declared_upcaster& step) { return add(make_upcaster(step)); }
    /// A declared step to a class of this program. Throws `definition_error` if it leads to another type.
    template <class New>
    upcaster_chain& add(const declared_upcaster& step) {
        return add(make_upcaster<New>(step));
    }
    /// Adds the step from an event whose class is gone; `make_dynamic_upcaster` tells what `upcast` may be.
    template <class F>
    upcaster_chain& add_dynamic(event_type from, F upcast) {
        return add(make_dynamic_upcaster(from, std::move(upcast)));
    }
    template <class F>
    upcaster_chain& add_dynamic(event_type from, event_type to, F upcast) {
        return add(make_dynamic_upcaster(from, to, std::move(upcast)));
    }

    /// Events of the streams `old_name-…` are read, queried and appended to as `new_name-…`; see `aliasing_event_store`.
    /// Throws `definition_error` for a second new name, and for one that leads back to the old one.
    upcaster_chain& rename_category(std::string old_name, std::string new_name);

    /// The steps, by the schema that they start from.
    [[nodiscard]] const std::map<event_type, upcaster>& steps() const { return steps_; }
    [[nodiscard]] const upcaster* step_from(event_type type) const;
    /// The new names of categories, by the old ones, as they were given.
    [[nodiscard]] const std::map<std::string, std::string>& renamed_categories() const { return renamed_categories_; }
    [[nodiscard]] bool empty() const { return steps_.empty() && renamed_categories_.empty(); }

    /// The schemas that a stored event of this schema may be handed on as: itself where no step starts from it.
    [[nodiscard]] std::vector<event_type> ends_of(event_type type) const;
    /// The class that the steps have for an event; null where none has one.
    [[nodiscard]] auto class_of(event_type type) const -> message_ptr (*)();

    /// Changes when the steps lead elsewhere, and does not depend on the order in which they were added; 0 for a chain
    /// without any. It cannot see the code inside a step: if that changes its meaning, raise `state_version` of the
    /// aggregates that have snapshots. The rules of a declared step are no code.
    [[nodiscard]] std::uint64_t fingerprint() const;

private:
    std::map<event_type, upcaster> steps_;
    std::map<std::string, std::string> renamed_categories_;
};

}  // namespace foldline::inline v0
