#pragma once

#include <string>
#include <string_view>

namespace foldline::inline v0::sqlite {

// The bytes of a process mark, five words with a space between them:
//
//     boot id       which start of which machine (/proc/sys/kernel/random/boot_id)
//     pid space     the inode of /proc/self/ns/pid: numbers of processes mean something within one only
//     time space    the inode of /proc/self/ns/time (0 where the kernel has none): start times, likewise
//     pid
//     start time    in clock ticks since the machine was started: a number that is given out again has another one

/// Names this process among all that ever run, for `has_process_ended`. Empty where the system does not tell enough; then
/// nobody will ever be certain that it ended.
[[nodiscard]] std::string own_process_mark();

/// Whether the process of this mark has certainly ended. False while it runs, and false for whatever cannot be known: a
/// process in another container, one on another machine, a mark that says nothing.
///
/// Also false for one from before a restart of this machine: its boot id is another, and so is that of a process that
/// runs on another machine, or in a virtual one, which shares the file. Nothing tells the two apart for certain.
[[nodiscard]] bool has_process_ended(std::string_view mark);

}  // namespace foldline::inline v0::sqlite
