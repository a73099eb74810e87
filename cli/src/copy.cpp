// `copy`.

#include "copied_events.hpp"
#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "selected_events.hpp"
#include "transfer_verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/event_copy.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
namespace {

sqlite::copied_store copy_watched(const opened_store& store, const copy_request& request) {
    const system_clock time;
    uuid_v7_source ids{time};
    terminal_progress line{"Copying"};
    const sqlite::progress_report report = watched(line);
    sqlite::import_options options;
    options.numbers = sqlite::numbering::anew;
    options.of_killed = sqlite::leftover::replaced;
    options.index = request.index;
    sqlite::event_import to{request.copy, time, ids, options};
    copied_events copies{store.stored(), request};
    for (const declared_upcaster& step : sqlite::kept_upcasters(store.file())) to.add(step);
    sqlite::copy_events(
        store.file(), store.events(), query_of(request.which), to,
        [&](const event_view& event, event_type type, auto& into) { copies.add(event, type, into); }, report);
    return to.publish(report);
}

void require_upcasters(const opened_store& store, const copy_request& request) {
    if (request.as == shown_as::upcast && !store.is_upcasting())
        throw unknown_name("there are no upcasters: neither in this program nor in the file");
}

}  // namespace

int run(const copy_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.as};
    require_upcasters(store, request);
    require_stream(store.stored(), request.which, request.store);
    const sqlite::copied_store made = copy_watched(store, request);
    if (request.shape == format::text)
        fmt::print(to.out, "Copied {} to {}, {}.\n", counted(made.events, "event"), printable(request.copy.string()),
                   in_bytes(made.bytes));
    else fmt::print(to.out, "{}\n", as_json(made, request.copy, request.shape));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
