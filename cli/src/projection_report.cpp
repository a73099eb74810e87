#include "projection_report.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/core/error.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace foldline::inline v0::cli {
namespace {

using namespace std::chrono_literals;

/// As `projector_options::stalled_after`.
constexpr auto stalled_after = 30s;

/// When the first event beyond `position` was recorded. Events that an upcaster drops are not seen; then, when the last
/// one was that the rows have passed.
timestamp waiting_since(const event_store& events, const partition_state& state) {
    timestamp since = state.reached;
    events.read(read_query::all().after(state.position), batch_limit{1},
                [&](const event_view& event) { since = event.recorded_at; });
    return since;
}

partition_report report_on(const event_store& events, const projection_report& of, const partition_state& state,
                           timestamp now) {
    partition_report report{state};
    const bool is_behind = state.position < of.head;
    if (is_behind && of.problem.empty())
        report.lag = std::max(0us, std::chrono::microseconds{now - waiting_since(events, state)});
    const bool stands_still = report.lag > stalled_after && now - state.moved > stalled_after;
    if (!of.problem.empty()) report.where = standing::outdated;
    else if (of.is_paused) report.where = standing::paused;
    else if (is_behind) report.where = stands_still ? standing::stalled : standing::behind;
    return report;
}

/// Why rows cannot go on from these events, for whoever has not the code of the projection; empty if they can.
std::string problem_of(const event_store& events, const projection_state& state) {
    const store_identity now = events.identity();
    if (state.source.store != now.store) return "its rows are of another store";
    if (state.source.history != now.history) return "its rows are of another history of the store; rebuild them";
    if (state.position() > events.head()) return "its rows stand beyond the end of the store; rebuild them";
    return {};
}

std::string problem_of(const event_store& events, const read_model_store& models,
                       const described_projection& projection, const projection_state& state) {
    try {
        require_continuable(events, models, *projection.make(), state);
        return {};
    } catch (const error& why) {
        return why.what();
    }
}

projection_report report_of(const event_store& events, const read_model_store& models, const projection_state& state,
                            timestamp now, const described_projection* described) {
    projection_report report;
    report.name = state.name;
    if (described) report.about = described->about;
    report.place = models.place();
    report.source = state.source.store.to_string();
    report.version = state.version;
    report.is_paused = state.paused;
    report.problem = described ? problem_of(events, models, *described, state) : problem_of(events, state);
    report.parked = models.dead_letters().count(state.name);
    report.head = events.head();
    for (const partition_state& each : state.partitions)
        report.partitions.push_back(report_on(events, report, each, now));
    return report;
}

projection_report report_of_new(const event_store& events, const read_model_store& models,
                                const described_projection& described) {
    projection_report report;
    report.name = described.name;
    report.about = described.about;
    report.place = models.place();
    report.source = events.identity().store.to_string();
    report.version = described.make()->version();
    report.head = events.head();
    report.partitions.push_back({{}, standing::never_ran, {}});
    return report;
}

std::string sentence_about(const projection_report& of, const partition_report& each) {
    const std::string name = each.state.part.is_whole()
                                 ? fmt::format("projection {}", of.name)
                                 : fmt::format("projection {}, partition {},", of.name, to_string(each.state.part));
    const std::string behind = counted(of.head.value - each.state.position.value, "event") + " behind";
    switch (each.where) {
        case standing::current: return {};
        case standing::behind: return fmt::format("{} is {}", name, behind);
        case standing::stalled:
            return fmt::format("{} is {}, and nothing has moved it since {}; see that somebody follows", name, behind,
                               to_string(each.state.moved));
        case standing::paused: return fmt::format("{} is paused, {}", name, behind);
        case standing::outdated: return fmt::format("{} is outdated: {}", name, of.problem);
        case standing::never_ran: return fmt::format("{} has no rows yet", name);
    }
    return {};
}

}  // namespace

std::string_view word_of(standing where) {
    switch (where) {
        case standing::current: return "current";
        case standing::behind: return "behind";
        case standing::stalled: return "stalled";
        case standing::paused: return "paused";
        case standing::outdated: return "outdated";
        case standing::never_ran: return "new";
    }
    return {};
}

std::vector<projection_report> report_on(const event_store& events, const read_model_store& models, timestamp now,
                                         std::span<const described_projection> described) {
    std::vector<projection_report> all;
    for (const described_projection& each : described) {
        const auto state = models.find(each.name);
        all.push_back(state ? report_of(events, models, *state, now, &each) : report_of_new(events, models, each));
    }
    for (const projection_state& state : models.projections()) {
        const auto is_it = [&](const projection_report& known) { return known.name == state.name; };
        if (std::none_of(all.begin(), all.end(), is_it)) all.push_back(report_of(events, models, state, now, nullptr));
    }
    return all;
}

std::vector<std::string> complaints_about(const std::vector<projection_report>& all,
                                          std::chrono::microseconds most_lag) {
    std::vector<std::string> complaints;
    for (const projection_report& of : all) {
        for (const partition_report& each : of.partitions) {
            if (each.where == standing::behind && each.lag <= most_lag && most_lag > 0us) continue;
            std::string sentence = sentence_about(of, each);
            if (!sentence.empty()) complaints.push_back(std::move(sentence));
        }
        const auto parked = static_cast<std::int64_t>(of.parked.failed + of.parked.behind);
        if (parked > 0)
            complaints.push_back(
                fmt::format("projection {} has {} parked; see why with dead-letters, then retry or drop", of.name,
                            counted(parked, "event")));
    }
    return complaints;
}

}  // namespace foldline::inline v0::cli
