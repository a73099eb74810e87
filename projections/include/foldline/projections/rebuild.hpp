#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/projections/error_policy.hpp>
#include <foldline/projections/projection.hpp>
#include <foldline/projections/read_model_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace foldline::inline v0 {

/// Where a rebuild stands.
struct rebuild_progress {
    global_position reached;
    global_position head;
    double rate = 0;                                ///< events a second, since this call began
    std::optional<std::chrono::milliseconds> left;  ///< at that rate; empty as long as nobody can say
};

struct rebuild_options {
    batch_limit batch{10'000};
    /// Of events that cannot be applied; what is parked is parked in the new rows. Nothing is waited for.
    error_policy on_failure = error_policy::park_at_once();
    /// Reads and decodes on a thread of its own.
    bool read_ahead = true;
    /// The part of the time in which it works, above 0 and up to 1: what it leaves is there for appends and others.
    double effort = 1.0;
    /// Called after each batch; what it throws interrupts the rebuild.
    std::function<void(const rebuild_progress&)> report{};
};

/// Builds a projection anew from the first event, beside the present rows, which go on serving; then puts the new rows
/// in their place in one transaction. Interrupted, the next call goes on where this one was. Afterwards the rows stand
/// where the rebuild ended, for the projection's present version; whoever keeps them up to date goes on there.
///
/// It is also what makes rows of an older version, of another history or of another store good again. The projection is
/// told (`rebuilding`), so that it has no effect outside its rows.
///
/// `projection` is confined: a projector that runs meanwhile has an object of its own.
/// Fails: event_failure where an event cannot be applied and is not to be parked, store_in_use while the same projection
///        is being rebuilt; the present rows are untouched then.
void rebuild(const event_store& store, read_model_store& models, projection& projection, rebuild_options options = {});

/// Several projections, of which every event is read and decoded once. They take their places one by one.
void rebuild(const event_store& store, read_model_store& models, std::span<projection* const> projections,
             rebuild_options options = {});

/// Builds a projection anew as `rebuild` does, but only to compare: hands `sink` the rows that differ from the present
/// ones, at most `most` of each table and side, and gives the number of all. The present rows stay, and cannot move on
/// while the rows are compared.
[[nodiscard]] std::uint64_t verify_rows(const event_store& store, read_model_store& models, projection& projection,
                                        function_ref<void(const row_difference&)> sink, std::size_t most = 20,
                                        rebuild_options options = {});

/// Makes the rows of one order key (a stream, unless the projection says otherwise) anew, in one transaction: what the
/// projection erases (`erase_key`), and then every event of the key up to where the rows stand, parked ones too. Nobody moves the
/// projection on meanwhile. Throws `definition_error` for a projection that cannot erase a key, or has no rows, and
/// `event_failure` where an event cannot be applied: nothing changes then.
void rebuild_key(const event_store& store, read_model_store& models, projection& projection,
                 std::string_view order_key);

}  // namespace foldline::inline v0
