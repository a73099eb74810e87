#pragma once

#include <foldline/core/backoff.hpp>
#include <foldline/core/circuit_breaker.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>

namespace foldline::inline v0 {

/// What kind of thing went wrong, by what was thrown.
enum class failure_class {
    event,        ///< the event: it does not decode, the handler threw, a statement was refused for what it says
    unreachable,  ///< what the handler calls: it threw `unavailable`
    storage,      ///< the disk or the database (`storage_error`, `store_in_use`), or memory
    fatal,        ///< damaged data, or a program and a file that do not belong together: an operator has to act
};

[[nodiscard]] failure_class class_of(const std::exception_ptr& thrown);

/// What a projector does about an event that fails, and about everything else that does.
///
///     event        tried again `retries` times, then parked with what follows under its order key; or, where `park` is
///                  false, the projection stops in front of it
///     unreachable  tried again for ever; after some failures in a row the circuit breaker makes the pauses longer
///     storage      tried again for ever
///     fatal        the projection stops
///
/// Between two attempts the projection waits as `delays` says, and everything in front of the event is stored.
///
/// value.
struct error_policy {
    std::uint32_t retries = 3;
    bool park = true;
    std::size_t most_parked = 10'000;  ///< events of one projection; one more stops it, and nothing is lost
    backoff delays;
    circuit_breaker::limits breaker;

    /// The first failure stops the projection.
    [[nodiscard]] static error_policy stop();
    /// An event that fails is parked at once: for handlers that call nothing outside, and fail again if they fail once.
    [[nodiscard]] static error_policy park_at_once();
};

}  // namespace foldline::inline v0
