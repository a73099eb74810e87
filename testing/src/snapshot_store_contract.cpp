#include <foldline/testing/snapshot_store_contract.hpp>

#include <foldline/testing/spec_failure.hpp>

#include <fmt/core.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline::inline v0::testing {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

timestamp at(std::int64_t micros) { return timestamp{std::chrono::microseconds{micros}}; }

/// A snapshot whose other numbers can be told from its version.
snapshot taken_at(const stream_id& stream, std::int64_t version) {
    fold_progress progress;
    progress.version = stream_version{version};
    progress.position = global_position{version * 10};
    progress.recorded_at = at(version * 1000);
    progress.latest_occurred = at(version * 100);
    return {stream, progress, static_cast<std::uint64_t>(version), fmt::format("state {}", version)};
}

bool same(const snapshot& a, const snapshot& b) {
    return a.stream == b.stream && a.fingerprint == b.fingerprint && a.state == b.state &&
           a.progress.version == b.progress.version && a.progress.position == b.progress.position &&
           a.progress.recorded_at == b.progress.recorded_at && a.progress.latest_occurred == b.progress.latest_occurred;
}

std::vector<std::int64_t> versions_of(const snapshot_store& store, const stream_id& stream) {
    std::vector<std::int64_t> versions;
    snapshot_query query{stream};
    while (const auto found = store.nearest(query)) {
        if (found->value.progress.version >= query.before)
            throw spec_failure(fmt::format("nearest: version {} is not below {}", found->value.progress.version.value,
                                           query.before.value));
        query.before = found->value.progress.version;
        versions.push_back(query.before.value);
    }
    return versions;
}

void require_versions(std::string_view promise, const snapshot_store& store, const stream_id& stream,
                      const std::vector<std::int64_t>& expected) {
    const auto came = versions_of(store, stream);
    if (came != expected)
        throw spec_failure(fmt::format("{}: expected the versions {}, latest first, found {}", promise,
                                       fmt::join(expected, " "), fmt::join(came, " ")));
}

/// Asks for the nearest snapshot; `expected` is its version, or 0 for none.
void require_nearest(std::string_view promise, const snapshot_store& store, const snapshot_query& query,
                     std::int64_t expected) {
    const auto found = store.nearest(query);
    const std::int64_t came = found ? found->value.progress.version.value : 0;
    if (came != expected)
        throw spec_failure(fmt::format("{}: expected version {} (0 for none), found {}", promise, expected, came));
}

const stream_id one{"order", "1"};
const stream_id other{"order", "2"};

void gives_back_what_was_saved(snapshot_store& store) {
    snapshot taken = taken_at(one, 7);
    taken.fingerprint = std::numeric_limits<std::uint64_t>::max();
    taken.state = std::string("\0zero and \xff not UTF-8", 21);
    taken.progress.latest_occurred = at(-1);
    store.save(taken, 1);
    const auto found = store.nearest({one});
    if (!found || !same(found->value, taken))
        throw spec_failure("nearest: what was saved does not come back as it was");
    if (found->bytes != snapshot_bytes::intact) throw spec_failure("nearest: an intact snapshot is called damaged");

    snapshot empty = taken_at(one, 8);
    empty.state.clear();
    store.save(empty, 1);
    if (const auto again = store.nearest({one}); !again || !same(again->value, empty))
        throw spec_failure("nearest: an empty state does not come back as one");
}

void replaces_the_same_version(snapshot_store& store) {
    store.save(taken_at(one, 5), 3);
    snapshot changed = taken_at(one, 5);
    changed.state = "changed";
    store.save(changed, 3);
    require_versions("save: one version of a stream has one snapshot", store, one, {5});
    if (store.nearest({one})->value.state != "changed") throw spec_failure("save: the later one at a version counts");
}

void keeps_the_latest(snapshot_store& store) {
    for (const std::int64_t version : {10, 20, 30, 40}) store.save(taken_at(one, version), 3);
    store.save(taken_at(other, 1), 3);
    require_versions("save: only the latest are kept", store, one, {40, 30, 20});
    require_versions("save: each stream has its own", store, other, {1});
    store.save(taken_at(one, 25), 3);
    require_versions("save: the latest are those of the highest versions", store, one, {40, 30, 25});
    store.save(taken_at(one, 50), 1);
    require_versions("save: a smaller number drops what is there", store, one, {50});
}

void finds_what_serves(snapshot_store& store) {
    for (const std::int64_t version : {10, 20, 30}) store.save(taken_at(one, version), 10);
    require_nearest("nearest: latest", store, {one, latest{}}, 30);
    require_nearest("nearest: before is exclusive", store, {one, latest{}, stream_version{30}}, 20);
    require_nearest("nearest: nothing below the first", store, {one, latest{}, stream_version{10}}, 0);
    require_nearest("nearest: at a version", store, {one, at_version{20}}, 20);
    require_nearest("nearest: before a version", store, {one, at_version{19}}, 10);
    require_nearest("nearest: at no version", store, {one, at_version{0}}, 0);
    require_nearest("nearest: at the largest version", store, {one, at_version{largest}}, 30);
    require_nearest("nearest: at a position", store, {one, at_position{200}}, 20);
    require_nearest("nearest: before a position", store, {one, at_position{199}}, 10);
    require_nearest("nearest: as recorded", store, {one, as_of_recorded{at(30'000)}}, 30);
    require_nearest("nearest: as recorded before", store, {one, as_of_recorded{at(29'999)}}, 20);
    require_nearest("nearest: as it had occurred", store, {one, as_of_occurred{at(2'000)}}, 20);
    require_nearest("nearest: as it had occurred before", store, {one, as_of_occurred{at(1'999)}}, 10);
    require_nearest("nearest: both bounds hold", store, {one, at_version{25}, stream_version{20}}, 10);
    require_nearest("nearest: a stream without snapshots", store, {other, latest{}}, 0);
}

void tells_streams_apart(snapshot_store& store) {
    const stream_id shifted{"orde", "r-1"};
    const stream_id zero_inside{"order", "1 "};
    store.save(taken_at(one, 1), 9);
    store.save(taken_at(shifted, 2), 9);
    store.save(taken_at(zero_inside, 3), 9);
    require_versions("streams: category and id", store, one, {1});
    require_versions("streams: category and id", store, shifted, {2});
    require_versions("streams: trailing blanks", store, zero_inside, {3});
}

void drops(snapshot_store& store) {
    for (const std::int64_t version : {10, 20, 30}) store.save(taken_at(one, version), 10);
    store.save(taken_at(other, 20), 10);
    store.drop(one, stream_version{20});
    store.drop(one, stream_version{25});
    require_versions("drop: one snapshot", store, one, {30, 10});
    store.drop_all(one);
    store.drop_all(one);
    require_versions("drop_all: every snapshot of the stream", store, one, {});
    require_versions("drop, drop_all: no other stream's", store, other, {20});
}

}  // namespace

void run_snapshot_store_contract(const snapshot_store_factory& make) {
    for (const auto promise : {&gives_back_what_was_saved, &replaces_the_same_version, &keeps_the_latest,
                               &finds_what_serves, &tells_streams_apart, &drops}) {
        const auto store = make();
        promise(*store);
    }
}

}  // namespace foldline::inline v0::testing
