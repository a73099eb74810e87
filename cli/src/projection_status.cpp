#include "opened_projections.hpp"
#include "projection_report.hpp"
#include "shown_projections.hpp"
#include "task_runs.hpp"

#include <foldline/eventstore/system_clock.hpp>

namespace foldline::inline v0::cli {

int run(const status_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const auto all = report_on(host->events(), host->models(), system_clock{}.now(), host->projections());
    print(all, request.shape, to.out);
    if (request.health == check::off) return exit_code::ok;
    return answer_check(complaints_about(all, std::chrono::seconds{request.most_lag_s}), to);
}

}  // namespace foldline::inline v0::cli
