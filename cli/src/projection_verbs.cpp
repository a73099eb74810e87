#include <foldline/cli/projection_verbs.hpp>

#include "projection_requests.hpp"
#include "task_runs.hpp"
#include "verbs.hpp"

namespace foldline::inline v0::cli {

int run(const projection_request& request, const console& to) {
    return std::visit([&](const auto& each) { return run(each, to.self.projections, to); }, request.task->what);
}

int run(const projection_request& request, const open_projections& open, const std::string& program, const output& to) {
    application self;
    self.name = program;
    self.projections = open;
    return run(request, console{self, to.data, to.notes});
}

}  // namespace foldline::inline v0::cli
