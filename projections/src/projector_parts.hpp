#pragma once

#include "event_routes.hpp"
#include "projection_lines.hpp"
#include "read_ahead.hpp"
#include "shared_batch.hpp"

#include <foldline/core/guarded.hpp>
#include <foldline/projections/projector.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <vector>

namespace foldline::inline v0 {

/// Takes the lines in turns: those that stand at one place go together, whoever last worked longest ago comes first.
struct projector::parts {
    using group = std::vector<projection_line*>;
    struct published {
        projection_status status;
        timestamp reached;
        std::chrono::nanoseconds progress;
        bool has_line = true;  // else nothing of it was given to this worker, or it is not known yet
    };

    parts(const event_store& events, projector_options given);

    bool run_batch();
    void catch_up();
    void publish();
    [[nodiscard]] projection_status status_of(const published& known) const;

    const event_store& store;
    projector_options options;
    const clock& time;
    const monotonic_clock& ticks;
    projection_lines lines;
    event_routes routes;
    guarded<std::vector<published>> shown;
    bool impatient = false;  // nothing is waited for: retries come at once, and end

private:
    static constexpr global_position no_end{std::numeric_limits<std::int64_t>::max() - 1};

    [[nodiscard]] bool can_work(const projection_line& line, global_position head) const;
    [[nodiscard]] group next_group(global_position head);
    [[nodiscard]] global_position end_for(const group& together) const;
    void run(const group& together);
    void run_shared(const group& together, global_position end);
    [[nodiscard]] page read(const group& together, global_position end, event_sink sink);
    void run_alone(projection_line& line);
    void run_one(projection_line& line);
    void try_alone(projection_line& line);
    void park(projection_line& line);
    void note_progress(const group& together, global_position before, std::chrono::nanoseconds begun);

    void failed(const group& together, const shared_batch* batch, const std::exception_ptr& thrown);
    void failed(projection_line& line, const std::optional<parked_event>& at, timestamp recorded,
                const std::exception_ptr& thrown);
    void failed_at_event(projection_line& line, parked_event at, timestamp recorded, const std::exception_ptr& thrown);
    void wait(projection_line& line, std::chrono::nanoseconds delay, const std::exception_ptr& thrown);
    void stop(projection_line& line, const std::exception_ptr& thrown);
    void throw_if_all_stopped();

    std::optional<read_ahead> ahead;
    std::uint64_t turns = 0;
    std::uint64_t random = 0x9E3779B97F4A7C15U;  // of the delays only, so any start will do
    bool all_stopped = false;
};

}  // namespace foldline::inline v0
