#include <foldline/sqlite/store_stats.hpp>

#include "verbs.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {

int run(const compact_request& request, const console& to) {
    sqlite::database_options options;
    options.mode = sqlite::open_mode::existing;
    sqlite::database file{request.store, options};
    if (!sqlite::compact(file))
        return to.fail(exit_code::in_use,
                       fmt::format("readers of {} hold back a part of its write-ahead log; try again later",
                                   request.store.string()));
    fmt::print(to.out, "The write-ahead log of {} is in the file, and empty.\n", printable(request.store.string()));
    return exit_code::ok;
}

}  // namespace foldline::inline v0::cli
