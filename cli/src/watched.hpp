#pragma once

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/sqlite/work_progress.hpp>

namespace foldline::inline v0::cli {

/// Shows how far a work has come, and ends it when the user asks for that. `line` outlives the work.
[[nodiscard]] inline sqlite::progress_report watched(terminal_progress& line) {
    catch_interrupts();
    return [&line](const sqlite::work_progress& now) {
        if (is_interrupted()) throw interrupted("stopped; nothing was changed");
        line.show(now.done, now.all);
    };
}

}  // namespace foldline::inline v0::cli
