#pragma once

#include <foldline/cli/projection_host.hpp>
#include <foldline/core/event_store.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace foldline::inline v0::cli {

/// A program that has the verbs of `foldline`, and what it says of itself.
struct application {
    std::string name = "foldline";  ///< as its users type it
    std::string about = "Looks into the files that hold events, and looks after them.";
    std::string version{};  ///< for `--version`; empty: it does not tell
    /// Wraps the stored events in what the program reads them through, its upcasting store; what that makes of old
    /// events is shown then. Without it events are shown as they are stored. The result outlives no call of `run`.
    std::function<std::unique_ptr<event_store>(event_store& stored)> reading{};
    /// Opens the program's projections over a store. With it `follow`, `projections` and `dead-letters` work on them;
    /// without it the latter two show what the files tell.
    open_projections projections{};
};

/// Where a run writes.
struct output {
    std::FILE* data = stdout;
    std::FILE* notes = stderr;  ///< reasons and hints
};

/// Does what the arguments ask for, and returns the exit code: `exit_code` names them. Data goes to `to.data`, and all
/// the rest to `to.notes`; nothing is thrown. Stores are only read, except by `compact`, and as `projections` opens them.
///
///     int main(int argc, char** argv) { return foldline::cli::run(argc, argv, {.name = "shop"}); }
///
/// Threads: one run at a time, since the long verbs catch the process's SIGINT and SIGTERM.
int run(int argc, const char* const* argv, const application& self = {}, const output& to = {});

}  // namespace foldline::inline v0::cli
