// `backup` and `restore`.

#include <foldline/sqlite/backup.hpp>

#include "opened_store.hpp"
#include "results_as_json.hpp"
#include "verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>

#include <fmt/core.h>

#include <string_view>

namespace foldline::inline v0::cli {
namespace {

int tell(const sqlite::copied_store& copy, std::string_view done, const std::filesystem::path& file, format shape,
         const console& to) {
    if (shape == format::text)
        fmt::print(to.out, "{} {} up to position {} to {}, {}.\n", done, counted(copy.events, "event"),
                   grouped(copy.head.value), printable(file.string()), in_bytes(copy.bytes));
    else fmt::print(to.out, "{}\n", as_json(copy, file, shape));
    return exit_code::ok;
}

sqlite::copied_store back_up_watched(const backup_request& request) {
    const sqlite::database source{request.store, for_reading()};
    terminal_progress line{"Backing up"};
    return sqlite::back_up(source, request.file, watched(line));
}

sqlite::copied_store restore_watched(const restore_request& request) {
    const system_clock time;
    uuid_v7_source ids{time};
    terminal_progress line{"Restoring"};
    return sqlite::restore(request.file, request.store, ids, watched(line));
}

}  // namespace

int run(const backup_request& request, const console& to) {
    return tell(back_up_watched(request), "Backed up", request.file, request.shape, to);
}

int run(const restore_request& request, const console& to) {
    require_existing(request.file);
    return tell(restore_watched(request), "Restored", request.store, request.shape, to);
}

}  // namespace foldline::inline v0::cli
