// `projections rebuild`: swaps new rows in, or compares them with the present ones.

#include "object_list.hpp"
#include "opened_projections.hpp"
#include "shown_payload.hpp"
#include "task_runs.hpp"
#include "veiled_errors.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/core/error.hpp>
#include <foldline/projections/rebuild.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
namespace {

using json = nlohmann::ordered_json;

std::vector<std::unique_ptr<projection>> made(const std::vector<const described_projection*>& wanted) {
    std::vector<std::unique_ptr<projection>> all;
    for (const described_projection* each : wanted) all.push_back(each->make());
    return all;
}

std::vector<std::string> names_of(const std::vector<const described_projection*>& wanted) {
    std::vector<std::string> names;
    for (const described_projection* each : wanted) names.push_back(each->name);
    return names;
}

/// `line` outlives the work.
rebuild_options watched(const rebuild_request& request, terminal_progress& line, const char* when_stopped) {
    catch_interrupts();
    rebuild_options options;
    options.effort = request.effort;
    options.report = [&line, when_stopped](const rebuild_progress& now) {
        if (is_interrupted()) throw interrupted(when_stopped);
        line.show(static_cast<std::uint64_t>(now.reached.value), static_cast<std::uint64_t>(now.head.value));
    };
    return options;
}

// ----------------------------------------------------------------------------------------------------------- `--verify`

struct comparison {
    std::string projection;
    std::uint64_t differences = 0;
    std::vector<row_difference> shown{};
};

comparison compare(const rebuild_request& request, projection_host& host, const described_projection& of) {
    terminal_progress line{"Comparing " + printable(of.name), "events"};
    comparison result{of.name};
    result.differences = verify_rows(
        host.events(), host.models(), *of.make(), [&](const row_difference& each) { result.shown.push_back(each); },
        static_cast<std::size_t>(request.most_differences), watched(request, line, "stopped; nothing was changed"));
    return result;
}

void print_for_people(const comparison& result, std::FILE* out) {
    if (result.differences == 0) {
        fmt::print(out, "{}: its rows are what the events make of them.\n", printable(result.projection));
        return;
    }
    fmt::print(out, "{}: {} differ; - is there and should not be, + should be there.\n", printable(result.projection),
               counted(static_cast<std::int64_t>(result.differences), "row"));
    for (const row_difference& each : result.shown) {
        std::string text =
            fmt::format("  {} {}", each.where == row_difference::side::only_present ? '-' : '+', each.table);
        for (std::size_t at = 0; at < each.columns.size(); ++at)
            text += fmt::format(" {}={}", each.columns[at], each.values.at(at));
        fmt::print(out, "{}\n", printable(text));
    }
    const auto more = result.differences - result.shown.size();
    if (more > 0) fmt::print(out, "  ... and {} more\n", grouped(static_cast<std::int64_t>(more)));
}

json as_json(const row_difference& each) {
    json row = json::object();
    for (std::size_t at = 0; at < each.columns.size(); ++at) row[each.columns[at]] = each.values.at(at);
    return {{"in", each.where == row_difference::side::only_present ? "present" : "rebuilt"},
            {"table", each.table},
            {"row", std::move(row)}};
}

json as_json(const comparison& result) {
    json object{{"projection", result.projection}, {"differences", result.differences}, {"rows", json::array()}};
    for (const row_difference& each : result.shown) object["rows"].push_back(as_json(each));
    return object;
}

int compare_all(const rebuild_request& request, projection_host& host, const console& to) {
    object_list list{to.out, request.shape};
    std::uint64_t differences = 0;
    for (const described_projection* each : chosen(host, request.names)) {
        const comparison result = compare(request, host, *each);
        differences += result.differences;
        if (request.shape == format::text) print_for_people(result, to.out);
        else list.add(text_of(as_json(result), escaping::on));
    }
    if (request.shape != format::text) list.end();
    if (differences == 0) return exit_code::ok;
    return to.fail(
        exit_code::failed,
        fmt::format("{} not what the events make of them; rebuild without --verify",
                    differences == 1 ? "1 row is" : grouped(static_cast<std::int64_t>(differences)) + " rows are"));
}

// -------------------------------------------------------------------------------------------------------------- rebuild

int tell(const rebuild_request& request, const read_model_store& models, const std::vector<std::string>& names,
         const console& to) {
    object_list list{to.out, request.shape};
    for (const std::string& name : names) {
        const auto state = models.find(name);
        const std::int64_t position = state ? state->position().value : 0;
        if (request.shape == format::text)
            fmt::print(to.out, "{} is rebuilt up to position {}.\n", printable(name), grouped(position));
        else list.add(text_of(json{{"projection", name}, {"position", position}}, escaping::on));
    }
    if (request.shape != format::text) list.end();
    return exit_code::ok;
}

int rebuild_all(const rebuild_request& request, projection_host& host, const console& to) {
    const auto wanted = chosen(host, request.names);
    if (wanted.empty()) return tell(request, host.models(), {}, to);
    const auto objects = made(wanted);
    std::vector<projection*> targets;
    for (const auto& each : objects) targets.push_back(each.get());
    {
        terminal_progress line{"Rebuilding " + printable(in_words(names_of(wanted))), "events"};
        rebuild(host.events(), host.models(), targets,
                watched(request, line, "stopped; the old rows go on serving, and the next rebuild goes on from here"));
    }
    return tell(request, host.models(), names_of(wanted), to);
}

int rebuild_one_key(const rebuild_request& request, projection_host& host, const console& to) {
    const described_projection& of = chosen(host, request.names.front());
    rebuild_key(host.events(), host.models(), *of.make(), request.order_key);
    return tell(request, host.models(), {of.name}, to);
}

int rebuild_asked_for(const rebuild_request& request, projection_host& host, const console& to) {
    if (request.end == rebuild_end::compare) return compare_all(request, host, to);
    if (!request.order_key.empty()) return rebuild_one_key(request, host, to);
    return rebuild_all(request, host, to);
}

}  // namespace

int run(const rebuild_request& request, const open_projections& open, const console& to) {
    const auto host = opened(request.store, open);
    try {
        return rebuild_asked_for(request, *host, to);
    } catch (const event_failure& failure) {
        veiled_errors errors{host->events(), request.personal};
        return to.fail(code_of(failure), errors.of_reading(failure.what(), failure.position));
    }
}

}  // namespace foldline::inline v0::cli
