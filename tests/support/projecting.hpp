#pragma once

#include <foldline/projections/projector.hpp>
#include <foldline/projections/rebuild.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace foldline_tests {

/// The first failure is thrown.
[[nodiscard]] inline foldline::projector_options stopping() {
    foldline::projector_options options;
    options.on_failure = foldline::error_policy::stop();
    return options;
}

/// The same, in batches of so many events.
[[nodiscard]] inline foldline::projector_options batches_of(std::size_t events) {
    foldline::projector_options options = stopping();
    options.batch = foldline::batch_limit{events};
    return options;
}

/// A rebuild that tells how it gets on, and stops at the first failure.
[[nodiscard]] inline foldline::rebuild_options reporting(std::function<void(const foldline::rebuild_progress&)> report,
                                                         std::size_t batch = 10'000) {
    foldline::rebuild_options options;
    options.report = std::move(report);
    options.batch = foldline::batch_limit{batch};
    options.on_failure = foldline::error_policy::stop();
    return options;
}

/// Whose events rows were made of, and how far they have come.
struct standing {
    foldline::store_identity source;
    std::uint32_t version = 0;
    foldline::global_position position;
    friend bool operator==(const standing&, const standing&) = default;
};

[[nodiscard]] inline std::optional<standing> standing_of(const foldline::read_model_store& models,
                                                         std::string_view projection) {
    const auto found = models.find(projection);
    if (!found) return std::nullopt;
    return standing{found->source, found->version, found->position()};
}

}  // namespace foldline_tests
