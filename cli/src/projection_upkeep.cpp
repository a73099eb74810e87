// `projections pause`, `resume`, `reset`, `remove`, `split` and `merge`.

#include "opened_projections.hpp"
#include "task_runs.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
namespace {

std::string printable_list(const std::vector<std::string>& names) { return printable(in_words(names)); }

/// The partitions that the rows are divided into, if there are some.
std::vector<partition> parts_of(const read_model_store& models, const std::string& name) {
    const auto state = models.find(name);
    if (!state) return {partition{}};
    std::vector<partition> parts;
    for (const partition_state& each : state->partitions) parts.push_back(each.part);
    return parts;
}

int tell_partitions(const read_model_store& models, const std::string& name, const console& to) {
    std::vector<std::string> parts;
    for (const partition part : parts_of(models, name)) parts.push_back(to_string(part));
    fmt::print(to.out, "{} has the partitions {}.\n", printable(name), in_words(parts));
    return exit_code::ok;
}

}  // namespace

int run(const pause_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const bool pauses = request.what == pausing::pause;
    const auto names = with_rows(host->models(), request.names);
    for (const std::string& name : names) host->models().pause(name, pauses);
    fmt::print(to.out, "{}: {}.\n", pauses ? "Paused" : "Resumed", printable_list(names));
    return exit_code::ok;
}

int run(const reset_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    for (const described_projection* each : chosen(*host, request.names)) {
        const auto parts = parts_of(host->models(), each->name);
        host->models().create(*each->make(), host->events().identity(), parts);
        fmt::print(to.out, "{} is empty, and begins at the first event.\n", printable(each->name));
    }
    return exit_code::ok;
}

int run(const remove_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const auto names = with_rows(host->models(), request.names);
    for (const std::string& name : names) host->models().remove(name);
    fmt::print(to.out, "Removed: {}.\n", printable_list(names));
    return exit_code::ok;
}

int run(const split_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const std::string name = with_rows(host->models(), {request.name}).front();
    for (const partition part : request.parts) host->models().leases().split(name, part);
    return tell_partitions(host->models(), name, to);
}

int run(const merge_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    const std::string name = with_rows(host->models(), {request.name}).front();
    host->models().leases().merge(name, request.halves.at(0), request.halves.at(1));
    return tell_partitions(host->models(), name, to);
}

}  // namespace foldline::inline v0::cli
