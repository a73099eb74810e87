#pragma once

#include <foldline/core/clock.hpp>
#include <foldline/core/event.hpp>
#include <foldline/core/stream_id.hpp>
#include <foldline/projections/projection.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace foldline::inline v0::testing {

/// An event that had happened before the test began; made of a message, in the stream `spec-1` unless told otherwise.
///
/// value.
class past_event {
public:
    past_event(const google::protobuf::Message& event);  // NOLINT(google-explicit-constructor): a message says it all

    /// `category-id`.
    past_event& in(std::string_view stream);
    past_event& occurred(timestamp time);

private:
    friend class projection_spec;
    event_data event_;
    stream_id stream_;
};

/// What is expected in one column of one row.
///
/// value.
class expected_cell {
public:
    expected_cell(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): cells are written as plain values
    template <std::integral T>
    expected_cell(T value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
    expected_cell(double value) : value_(value) {}                        // NOLINT(google-explicit-constructor)
    expected_cell(const char* text) : value_(std::string(text)) {}        // NOLINT(google-explicit-constructor)
    expected_cell(std::string text) : value_(std::move(text)) {}          // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool matches(const sql_row& row, int column) const;
    [[nodiscard]] std::string shown() const;

private:
    std::variant<std::nullptr_t, std::int64_t, double, std::string> value_{nullptr};
};

/// Tests a projection on events, without a store:
///
///     projection_spec{sales}
///         .given(sold("EIRE", 2), past_event{sold("FRANCE", 1)}.in("till-7").occurred(noon))
///         .then_rows("select country, units from sales order by 1", {{"EIRE", 2}, {"FRANCE", 1}});
///
/// Its rows live in a scratch file, which goes with the specification.
///
/// confined. The projection outlives it.
class projection_spec {
public:
    explicit projection_spec(projection& tested);
    ~projection_spec();
    projection_spec(const projection_spec&) = delete;
    projection_spec& operator=(const projection_spec&) = delete;

    /// These happened, after those that were given before. Takes messages and `past_event`s.
    template <class... Events>
    projection_spec& given(const Events&... events) {
        (append(past_event{events}), ...);
        return *this;
    }

    /// Projects what was given; then `query` gives exactly these rows, in this order. Throws `spec_failure` that shows
    /// both tables row by row, and `event_failure` if the projection fails.
    projection_spec& then_rows(std::string_view query,
                               std::initializer_list<std::initializer_list<expected_cell>> expected,
                               const char* file = __builtin_FILE(), int line = __builtin_LINE());

private:
    void append(past_event event);

    struct world;
    std::unique_ptr<world> world_;
};

}  // namespace foldline::inline v0::testing
