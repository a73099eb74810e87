#pragma once

#include <foldline/core/event_store.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace foldline_tests {

/// Passes everything on to another store, counts what is read, and lets a test step in before an append.
class spying_event_store final : public foldline::event_store {
public:
    explicit spying_event_store(foldline::event_store& inner) : inner_(inner) {}

    /// Stored events that reads passed.
    mutable std::size_t events_read = 0;
    mutable std::size_t reads = 0;
    /// Called before the next append, once.
    std::function<void()> before_append;
    std::optional<foldline::store_identity> pretended_identity;
    std::uint64_t pretended_fingerprint = 0;

    foldline::append_result append(const foldline::append_request& request) override {
        if (auto step_in = std::exchange(before_append, nullptr)) step_in();
        return inner_.append(request);
    }
    foldline::page read(const foldline::read_query& query, foldline::batch_limit limit,
                        foldline::event_sink sink) const override {
        const foldline::page page = inner_.read(query, limit, sink);
        events_read += page.events;
        ++reads;
        return page;
    }
    std::optional<foldline::earlier_append> find_append(const foldline::event_id& first) const override {
        return inner_.find_append(first);
    }
    foldline::global_position head() const override { return inner_.head(); }
    foldline::store_identity identity() const override { return pretended_identity.value_or(inner_.identity()); }
    foldline::event_type_id type_id(foldline::event_type type) const override { return inner_.type_id(type); }
    foldline::event_type type_of(foldline::event_type_id id) const override { return inner_.type_of(id); }
    std::vector<foldline::event_type> stored_types() const override { return inner_.stored_types(); }
    std::vector<foldline::event_schema> stored_schemas(foldline::event_type type) const override {
        return inner_.stored_schemas(type);
    }
    std::uint64_t reading_fingerprint() const override { return inner_.reading_fingerprint() + pretended_fingerprint; }

private:
    foldline::event_store& inner_;
};

}  // namespace foldline_tests
