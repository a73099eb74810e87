#include <foldline/testing/snapshot_agrees.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::testing {
namespace {

std::string in_words(const fold_progress& progress) {
    return fmt::format("version {}, position {}, recorded at {}, latest business time {}", progress.version.value,
                       progress.position.value, to_string(progress.recorded_at), to_string(progress.latest_occurred));
}

}  // namespace

void require_same_progress(const stream_id& stream, const fold_progress& replayed, const fold_progress& shortened) {
    const std::string expected = in_words(replayed);
    const std::string came = in_words(shortened);
    if (expected != came)
        fail_snapshot(stream, replayed.version, fmt::format("replayed: {}\nsnapshot: {}\n", expected, came));
}

void fail_snapshot(const stream_id& stream, stream_version version, const std::string& difference) {
    throw spec_failure(
        fmt::format("a snapshot of {} disagrees with a full replay at version {} (replayed -> snapshot):\n{}",
                    stream.to_string(), version.value, indented(difference, 2)));
}

}  // namespace foldline::inline v0::testing
