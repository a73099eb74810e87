#include <foldline/sqlite/verify.hpp>

#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/table.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/connection.hpp>
#include <foldline/sqlite/migration.hpp>

#include <fmt/core.h>

#include <iterator>

namespace foldline::inline v0::cli {
namespace {

/// A file of Foldline's that never held events, as one of read models, is no damaged store. One that says it holds events
/// and has no tables for them is.
void require_events(const sqlite::database& file) {
    const auto reader = file.open_reader();
    const auto tables =
        reader->integer("select count(*) from sqlite_schema where type = 'table' and name glob 'log_*'");
    if (tables == 0 && sqlite::component_version(*reader, "eventstore") == 0)
        throw incompatible_store(file.file().string() + " holds no events: nobody has written to it yet");
}

sqlite::verification verify_watched(const verify_request& request) {
    const sqlite::database file{request.store, for_reading()};
    require_events(file);
    terminal_progress line{"Verifying"};
    return sqlite::verify(file, {static_cast<std::size_t>(request.most_findings), watched(line)});
}

void print_for_people(const sqlite::verification& result, std::FILE* out) {
    fmt::print(out, "Looked at {} in {}, {} and {}.\n", counted(result.events, "event"),
               counted(result.streams, "stream"), counted(result.snapshots, "snapshot"), counted(result.pages, "page"));
    if (result.is_sound()) {
        fmt::print(out, "All of it is sound.\n");
        return;
    }
    table findings{{{"PLACE"}, {"WHAT IS WRONG"}}};
    for (const sqlite::finding& each : result.findings) findings.add({each.place, each.why});
    fmt::print(out, "\n");
    findings.print(out);
    const std::int64_t more = result.found - std::ssize(result.findings);
    if (more > 0) fmt::print(out, "... and {} more\n", grouped(more));
}

}  // namespace

int run(const verify_request& request, const console& to) {
    const sqlite::verification result = verify_watched(request);
    if (request.shape == format::text) print_for_people(result, to.out);
    else fmt::print(to.out, "{}\n", as_json(result, request.shape));
    if (result.is_sound()) return exit_code::ok;
    return to.fail(exit_code::damaged,
                   fmt::format("{} is damaged: {}", request.store.string(), counted(result.found, "finding")));
}

}  // namespace foldline::inline v0::cli
