#pragma once

#include <foldline/core/event_store.hpp>

namespace foldline::inline v0 {

/// A store as it was when its log ended at a position: what came later is not there. Whatever is read, folded or
/// projected over it is what it was then.
///
/// Threads: shared. The store outlives it.
/// Fails:   as the store; `append` throws `invalid_request`: nothing can be added to the past.
class bounded_event_store final : public event_store {
public:
    /// Throws `invalid_request` for a position beyond the store's head.
    bounded_event_store(const event_store& store, global_position last);

    [[nodiscard]] append_result append(const append_request& request) override;
    page read(const read_query& query, batch_limit limit, event_sink sink) const override;
    [[nodiscard]] std::optional<earlier_append> find_append(const event_id& first) const override;
    [[nodiscard]] global_position head() const override { return last_; }
    [[nodiscard]] store_identity identity() const override { return store_.identity(); }
    [[nodiscard]] event_type_id type_id(event_type type) const override { return store_.type_id(type); }
    [[nodiscard]] event_type type_of(event_type_id id) const override { return store_.type_of(id); }
    [[nodiscard]] std::vector<event_type> stored_types() const override { return store_.stored_types(); }
    [[nodiscard]] std::vector<event_schema> stored_schemas(event_type type) const override {
        return store_.stored_schemas(type);
    }
    [[nodiscard]] std::uint64_t reading_fingerprint() const override { return store_.reading_fingerprint(); }

private:
    page read_stream(const read_query& query, batch_limit limit, event_sink sink) const;

    const event_store& store_;
    global_position last_;
};

}  // namespace foldline::inline v0
