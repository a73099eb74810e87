#include "cli/read_models.hpp"

#include "cli/fail.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/projections/projection_runner.hpp>
#include <foldline/projections/projector.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace shop {
namespace {

namespace cli = foldline::cli;

using foldline::global_position;
using foldline::projection_state;

constexpr std::chrono::seconds patience{10};
/// Nobody needs to be told of a wait that is as short.
constexpr std::chrono::milliseconds unremarkable{500};
/// How soon an interrupt is noticed, and that whoever kept the rows is gone.
constexpr std::chrono::milliseconds moment{100};

std::uint64_t number_of(global_position position) { return static_cast<std::uint64_t>(position.value); }

bool has_reached(const std::optional<projection_state>& state, global_position head) {
    return state && state->position() >= head;
}

bool is_kept_by_another(const std::optional<projection_state>& state) {
    return state && std::any_of(state->partitions.begin(), state->partitions.end(), [](const auto& part) {
               return part.owner && !part.owner->is_nobody() && !part.owner_ended;
           });
}

void stop_if_asked(const report& report) {
    if (cli::is_interrupted())
        throw cli::interrupted(fmt::format("stopped updating {}; the next run goes on from here", report.name));
}

[[noreturn]] void give_up(const report& report, const std::optional<projection_state>& state, global_position head,
                          std::string_view why) {
    throw std::runtime_error(fmt::format("the rows of {} stand at event {} of {}: {}; --no-wait shows them as they are",
                                         report.name, cli::grouped(state ? state->position().value : 0),
                                         cli::grouped(head.value), why));
}

/// Waits for whoever keeps the rows of a report, up to a limit for all its calls.
class waiting {
public:
    waiting(const report& report, global_position head) : report_(report), head_(head) {}

    /// `problem`: why nobody can bring them further, if that is so.
    void wait_a_moment(const foldline::read_model_store& models, const std::optional<projection_state>& state,
                       std::string_view problem) {
        const auto waited = steady::now() - begun_;
        if (waited >= patience)
            give_up(report_, state, head_,
                    problem.empty() ? "whoever keeps them needs longer (see: orders projections status)" : problem);
        if (waited >= unremarkable && !std::exchange(is_told_, true))
            note(problem.empty() ? fmt::format("waiting up to {} s for whoever keeps the rows of {}", patience.count(),
                                               report_.name)
                                 : std::string(problem));
        static_cast<void>(wait_for_rows(models, report_.name, head_, moment));
    }

    /// What was done oneself was no waiting.
    void begin_anew() { begun_ = steady::now(); }

private:
    using steady = std::chrono::steady_clock;

    const report& report_;
    global_position head_;
    steady::time_point begun_ = steady::now();
    bool is_told_ = false;
};

}  // namespace

std::filesystem::path read_models_of(const std::filesystem::path& store) { return store.string() + ".read-models"; }

void read_models::bring_up_to_date(const report& report, const foldline::event_store& events) {
    const global_position head = events.head();
    waiting waiting{report, head};
    for (;;) {
        const auto state = models_.find(report.name);
        if (state) require_continuable(events, models_, *report.projection(), *state);
        if (has_reached(state, head)) return;
        stop_if_asked(report);
        if (state && state->paused)
            give_up(report, state, head,
                    fmt::format("they are paused until: orders projections resume {}", report.name));

        std::string problem;
        if (!is_kept_by_another(state)) {
            problem = apply_what_is_missing(report, events);
            if (has_reached(models_.find(report.name), head)) return;
            if (problem.empty()) waiting.begin_anew();  // somebody has taken it over
        }
        waiting.wait_a_moment(models_, state, problem);
    }
}

std::string read_models::apply_what_is_missing(const report& report, const foldline::event_store& events) {
    const auto projection = report.projection();
    foldline::projector_options options;
    options.on_failure = foldline::error_policy::park_at_once();
    foldline::projector projector{events, models_, *projection, options};
    cli::terminal_progress progress{fmt::format("Updating {}", report.name), "events"};
    while (projector.run_batch()) {
        progress.show(number_of(projector.position()), number_of(events.head()));
        stop_if_asked(report);
    }
    std::string problem;
    for (const auto& part : projector.status())
        if (!part.error.empty()) problem = part.error;
    return problem;
}

}  // namespace shop
