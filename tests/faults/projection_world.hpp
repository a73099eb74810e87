#pragma once

#include "ledger.hpp"

#include "support/sales.hpp"

#include <foldline_tests/documents/v1/documents.pb.h>
#include <foldline/core/function_ref.hpp>
#include <foldline/projections/document_projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace foldline_tests {

/// `count` sales, returns and openings at some of `tills` tills, in appends of one event or more.
void append_at_random(foldline::event_store& store, std::mt19937_64& random, int count, int tills = 8);

/// A document for each till: how many events it had, what it took, and the position of the last one.
[[nodiscard]] foldline::document_projection<documents::v1::CustomerSummary> tills_projection();

using row_lines = std::vector<std::string>;

/// What `sales_projection` keeps, a line for each row, in a form that does not say which partition came first: the
/// journal by stream, in the order in which each stream was entered, then the units by country.
[[nodiscard]] row_lines sales_lines(const foldline::read_model_store& models);
[[nodiscard]] row_lines till_lines(const foldline::read_model_store& models);

/// The same as they must be when just those events were applied that `takes` lets through: by another way than any
/// projector, and without SQL.
using event_filter = foldline::function_ref<bool(std::string_view stream, foldline::global_position position)>;
[[nodiscard]] row_lines expected_sales(const foldline::event_store& store, event_filter takes);
[[nodiscard]] row_lines expected_tills(const foldline::event_store& store, event_filter takes);
/// As they must be where the file says that the projection stands, with what it has parked.
[[nodiscard]] row_lines expected_sales(const foldline::event_store& store, const foldline::read_model_store& models);
[[nodiscard]] row_lines expected_tills(const foldline::event_store& store, const foldline::read_model_store& models);
/// As a projector makes them, in a file of their own.
[[nodiscard]] row_lines fresh_sales_lines(const foldline::event_store& store);
[[nodiscard]] row_lines fresh_till_lines(const foldline::event_store& store);

/// Lost: expected and not there; dup: there more often; wrong: never expected, or out of order.
[[nodiscard]] disagreement compare_lines(const row_lines& found, const row_lines& expected);
/// What the rows of sales disagree with what the file says of them.
[[nodiscard]] disagreement compare_with_state(const foldline::event_store& store,
                                              const foldline::read_model_store& models);

/// How long a process takes that does `work`. Throws if it fails.
[[nodiscard]] std::chrono::microseconds time_of(const std::function<void()>& work);
/// Kills a process that does `work` at a moment within `whole`; false if it had ended by then. Throws if it failed.
[[nodiscard]] bool is_killed_at_work(std::mt19937_64& random, std::chrono::microseconds whole,
                                     const std::function<void()>& work);

/// From `least` to `most`.
[[nodiscard]] inline std::int64_t drawn(std::mt19937_64& random, std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{least, most}(random);
}

}  // namespace foldline_tests
