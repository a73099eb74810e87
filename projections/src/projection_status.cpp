#include <foldline/projections/projection_status.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

std::string name_of(const projection_status& one) {
    if (one.part.is_whole()) return fmt::format("projection {}", one.projection);
    return fmt::format("projection {}, partition {}", one.projection, to_string(one.part));
}

/// What is wrong with what it does, and what to do about it; empty if nothing is.
std::string complaint_of(const projection_status& one) {
    const std::string why = one.error.empty() ? std::string{} : ": " + one.error;
    switch (one.doing) {
        case activity::stalled:
            return fmt::format(
                "is stalled at position {}, {} events behind, for {} s{}; see whether its worker is alive and "
                "not held up by another one",
                one.position.value, one.lag_events(),
                std::chrono::duration_cast<std::chrono::seconds>(one.since_progress).count(), why);
        case activity::stopped:
            return fmt::format("stopped at position {}{}; put right what it says, then start it again",
                               one.position.value, why);
        case activity::retrying:
            return fmt::format("fails at position {} and is tried again{}; see to what it needs if that goes on",
                               one.position.value, why);
        case activity::starting:
        case activity::current:
        case activity::behind:
        case activity::paused:
        case activity::elsewhere: return {};
    }
    return {};
}

}  // namespace

std::string_view to_string(activity doing) {
    switch (doing) {
        case activity::starting: return "starting";
        case activity::current: return "current";
        case activity::behind: return "behind";
        case activity::retrying: return "retrying";
        case activity::stalled: return "stalled";
        case activity::paused: return "paused";
        case activity::elsewhere: return "elsewhere";
        case activity::stopped: return "stopped";
    }
    return "unknown";
}

projection_health health_of(const std::vector<projection_status>& all) {
    projection_health health;
    for (const projection_status& one : all) {
        if (const std::string wrong = complaint_of(one); !wrong.empty())
            health.complaints.push_back(fmt::format("{} {}", name_of(one), wrong));
        if (one.parked > 0)
            health.complaints.push_back(
                fmt::format("{} has {} parked; look why they failed, then retry or drop them", name_of(one),
                            one.parked == 1 ? std::string("1 event") : fmt::format("{} events", one.parked)));
    }
    health.healthy = health.complaints.empty();
    return health;
}

}  // namespace foldline::inline v0
