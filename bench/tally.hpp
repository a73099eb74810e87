#pragma once

#include <foldline_bench/v1/measured.fwd.h>
#include <foldline/core/decision.hpp>
#include <foldline/core/repository.hpp>
#include <foldline/snapshots/snapshotting_repository.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace foldline_bench {

struct measure_line {};

/// The aggregate that is loaded. Its fold costs next to nothing, so that a load shows what foldline costs.
struct tally {
    static constexpr std::string_view category = "tally";
    using events = foldline::event_list<v1::LineMeasured>;
    using commands = foldline::command_list<measure_line>;
    enum class refusal { none };

    struct state {
        std::int64_t lines = 0;
        std::int64_t units = 0;
        std::int64_t total_e4 = 0;
        std::string last_product;

        friend bool operator==(const state&, const state&) = default;
    };

    static void evolve(state& state, const v1::LineMeasured& event);

    using decision = foldline::decision<events, refusal>;
    static decision decide(const state& state, const measure_line& command);

    using snapshot = v1::SavedTally;
    static snapshot save(const state& state);
    static state restore(const snapshot& saved);
};

}  // namespace foldline_bench

extern template class foldline::repository<foldline_bench::tally>;
extern template class foldline::snapshotting_repository<foldline_bench::tally>;
