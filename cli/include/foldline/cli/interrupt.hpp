#pragma once

namespace foldline::inline v0::cli {

/// From now on Ctrl-C, and a polite kill, only asks the running work to stop. The second one ends the process at once,
/// which loses nothing either: the store is made for that.
void catch_interrupts();

[[nodiscard]] bool is_interrupted();
/// It was the polite kill (SIGTERM): the usual end of what a supervisor runs.
[[nodiscard]] bool is_terminated();

}  // namespace foldline::inline v0::cli
