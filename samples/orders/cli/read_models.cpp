#include "cli/read_models.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/projections/projector.hpp>
#include <foldline/projections/rebuild.hpp>

#include <fmt/core.h>

namespace shop {
namespace {

namespace cli = foldline::cli;

std::uint64_t number_of(foldline::global_position position) { return static_cast<std::uint64_t>(position.value); }

void stop_if_asked(std::string_view doing, const report& report) {
    if (cli::is_interrupted())
        throw cli::interrupted(fmt::format("stopped {} {}; the next run goes on from here", doing, report.name));
}

}  // namespace

read_models::read_models(const std::filesystem::path& store) : file_(store.string() + ".read-models") {}

void read_models::catch_up(const report& report, const foldline::event_store& events) {
    auto projection = report.projection();
    if (!models_.find_checkpoint(report.name)) models_.create(projection, events.identity());
    foldline::projector projector{events, models_, projection};
    cli::terminal_progress progress{fmt::format("Updating {}", report.name), "events"};
    while (projector.run_batch()) {
        progress.show(number_of(projector.position()), number_of(events.head()));
        stop_if_asked("updating", report);
    }
}

void read_models::rebuild(const report& report, const foldline::event_store& events) {
    auto projection = report.projection();
    cli::terminal_progress progress{fmt::format("Rebuilding {}", report.name), "events"};
    foldline::rebuild(events, models_, projection, [&](const foldline::rebuild_progress& now) {
        progress.show(number_of(now.reached), number_of(now.head));
        stop_if_asked("rebuilding", report);
    });
}

void read_models::each_row(const report& report, foldline::function_ref<void(const foldline::sql_row&)> sink) const {
    models_.read([&](foldline::sql_session& rows) { rows.each_row(report.query, sink); });
}

}  // namespace shop
