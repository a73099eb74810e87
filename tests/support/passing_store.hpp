#pragma once

#include <foldline/core/event_store.hpp>

#include <optional>
#include <vector>

namespace foldline_tests {

/// Passes everything on to another store; a double changes what it must.
class passing_store : public foldline::event_store {
public:
    explicit passing_store(foldline::event_store& inner) : inner_(inner) {}

    foldline::append_result append(const foldline::append_request& request) override { return inner_.append(request); }
    foldline::page read(const foldline::read_query& query, foldline::batch_limit limit,
                        foldline::event_sink sink) const override {
        return inner_.read(query, limit, sink);
    }
    std::optional<foldline::earlier_append> find_append(const foldline::event_id& first) const override {
        return inner_.find_append(first);
    }
    foldline::global_position head() const override { return inner_.head(); }
    foldline::store_identity identity() const override { return inner_.identity(); }
    foldline::event_type_id type_id(foldline::event_type type) const override { return inner_.type_id(type); }
    foldline::event_type type_of(foldline::event_type_id id) const override { return inner_.type_of(id); }
    std::vector<foldline::event_type> stored_types() const override { return inner_.stored_types(); }
    std::vector<foldline::event_schema> stored_schemas(foldline::event_type type) const override {
        return inner_.stored_schemas(type);
    }

protected:
    [[nodiscard]] foldline::event_store& inner() const { return inner_; }

private:
    foldline::event_store& inner_;
};

}  // namespace foldline_tests
