#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/upcasters/upcaster_chain.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace foldline::inline v0 {

class aliasing_event_store;

namespace detail {
class stored_classes;
}

/// Hands out the events of another store as the chain makes them of the stored ones; everything else is that store,
/// read through an `aliasing_event_store` where the chain renames categories.
///
/// An event that no step starts from passes untouched. Any other is handed on as 0..n views that have `message` and
/// `type` set and share the place, the times, the ids and the stored payload of the original; `part` numbers them,
/// and they come in that order in a backward read too.
/// Limits and pages count stored events. A query's types are those that events are handed on as, not those that they
/// were stored as.
/// An event that is made of two stands at the place of the later one, and is the same from wherever a reader starts:
/// the earlier one is looked up in the store below.
///
/// Threads: shared. `inner` outlives it; the chain is copied, so steps that are added to it later are not seen.
///          Messages without a class of the program, and copies of them, live no longer than it does.
/// Fails:   as `inner` does; `event_failure` for a stored event that does not decode, whose upcaster throws, or of
///          which the store keeps no schema though a step needs it.
class upcasting_event_store final : public event_store {
public:
    /// Throws `definition_error` if two steps use different classes for one schema.
    upcasting_event_store(event_store& inner, const upcaster_chain& chain);
    upcasting_event_store(const upcasting_event_store&) = delete;
    upcasting_event_store& operator=(const upcasting_event_store&) = delete;
    ~upcasting_event_store() override;

    [[nodiscard]] append_result append(const append_request& request) override { return inner_.append(request); }
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override {
        return inner_.find_append(first);
    }
    [[nodiscard]] global_position head() const override { return inner_.head(); }
    [[nodiscard]] store_identity identity() const override { return inner_.identity(); }
    [[nodiscard]] event_type_id type_id(event_type type) const override { return inner_.type_id(type); }
    [[nodiscard]] event_type type_of(event_type_id id) const override { return inner_.type_of(id); }
    [[nodiscard]] std::vector<event_type> stored_types() const override { return inner_.stored_types(); }
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override {
        return inner_.stored_schemas(type);
    }
    [[nodiscard]] std::uint64_t reading_fingerprint() const override;

    [[nodiscard]] const upcaster_chain& chain() const { return chain_; }

private:
    class reading;

    /// A schema that the chain starts from, passes or ends in.
    struct node {
        event_type type;
        event_type_id id;
        message_ptr (*new_message)();        // null where the class is made of the stored schema
        const upcaster* step = nullptr;      // null where the chain ends
        std::vector<std::size_t> targets{};  // nodes, as `step->to`
        bool is_message = false;             // or only ever passes as bytes
        bool needs_stored_schema = false;    // to run the step
        /// A declared step that knows the schema of what it makes, which is this; null where none does.
        const declared_upcaster* described_by = nullptr;
    };
    std::size_t node_of(const upcaster::event_class& schema);
    [[nodiscard]] std::size_t index_of(const node& one) const { return static_cast<std::size_t>(&one - nodes_.data()); }
    [[nodiscard]] bool lacks_class(const node& of) const;
    [[nodiscard]] read_query of_stored_types(const read_query& query) const;
    /// The node of a type that has to be upcast, else null.
    [[nodiscard]] const node* old_schema(event_type_id type) const {
        const auto index = static_cast<std::size_t>(type);
        return index < old_schemas_.size() ? old_schemas_[index] : nullptr;
    }

    upcaster_chain chain_;
    std::unique_ptr<aliasing_event_store> aliases_;  // null where no category is renamed
    event_store& inner_;                             // through the aliases
    std::unique_ptr<detail::stored_classes> stored_classes_;
    std::vector<node> nodes_;
    std::vector<const node*> old_schemas_;  // by event_type_id
};

}  // namespace foldline::inline v0
