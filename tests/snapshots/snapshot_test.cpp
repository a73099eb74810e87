#include <foldline/snapshots/snapshot.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <vector>

using namespace foldline;

namespace {

snapshot example() {
    fold_progress progress;
    progress.version = stream_version{7};
    progress.position = global_position{1234};
    progress.recorded_at = timestamp{std::chrono::microseconds{1'291'194'360'000'000}};
    progress.latest_occurred = timestamp{std::chrono::microseconds{-86'400'000'000}};
    return {{"order", "536365"}, progress, 0x0123'4567'89ab'cdef, "state"};
}

}  // namespace

TEST_CASE("checksum: it is the same for ever, on every machine") {
    // Stored in files: if this number changes, every snapshot in the world is dropped once.
    CHECK(checksum_of(example()) == 0x9adf4acb81a99fa6U);
}

TEST_CASE("checksum: it covers every field, and where one ends and the next begins") {
    const std::vector<std::function<void(snapshot&)>> changes = {
        [](snapshot& s) {
            s.stream = {"orders", "536365"};
        },
        [](snapshot& s) {
            s.stream = {"order", "536366"};
        },
        [](snapshot& s) {
            s.stream = {"order5", "36365"};
        },
        [](snapshot& s) { s.progress.version.value += 1; },
        [](snapshot& s) { s.progress.position.value += 1; },
        [](snapshot& s) { s.progress.recorded_at += std::chrono::microseconds{1}; },
        [](snapshot& s) { s.progress.latest_occurred += std::chrono::microseconds{1}; },
        [](snapshot& s) { std::swap(s.progress.version.value, s.progress.position.value); },
        [](snapshot& s) { s.fingerprint ^= 1; },
        [](snapshot& s) { s.state += '\0'; },
        [](snapshot& s) { s.state = "statE"; },
        [](snapshot& s) { s.state.clear(); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        snapshot changed = example();
        changes[i](changed);
        CHECK(checksum_of(changed) != checksum_of(example()));
    }
}
