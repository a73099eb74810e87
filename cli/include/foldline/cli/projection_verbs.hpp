#pragma once

#include <foldline/cli/application.hpp>
#include <foldline/cli/projection_host.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace foldline::inline v0::cli {

/// What a command line asks of a program's projections: which verb, and with what.
///
/// value.
struct projection_request {
    std::shared_ptr<const struct projection_task> task;
};

/// Adds `follow`, `projections` (status, rebuild, pause, resume, reset, remove, split, merge) and `dead-letters` (count,
/// list, show, explain, retry, drop, dropped) to a program that parses its own arguments with CLI11; `program.name` is
/// set before. Once one of them is parsed, `asked` gets it. A program that is `cli::run` has them by
/// `application::projections`.
///
/// `usual_store`: the file that is meant where none is named by `--store FILE`. Empty: each verb begins with STORE.
void add_projection_verbs(CLI::App& program, std::function<void(projection_request)> asked,
                          const std::filesystem::path& usual_store = {});

/// Does what a request asks for, and returns the exit code. Data goes to `to.data`, the rest to `to.notes`. `program`:
/// as its users type it.
///
/// Threads: one run at a time, since the long verbs catch the process's SIGINT and SIGTERM.
/// Fails:   throws what foldline throws; `code_of` and `fail` make an exit code of it.
int run(const projection_request& request, const open_projections& open, const std::string& program,
        const output& to = {});

}  // namespace foldline::inline v0::cli
