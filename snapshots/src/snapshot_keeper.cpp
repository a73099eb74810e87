#include <foldline/snapshots/detail/snapshot_keeper.hpp>

#include <fmt/core.h>

#include <exception>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0::detail {
namespace {

/// One number for everything that a snapshot's bytes depend on beside the events up to its version. The history is part
/// of it because the same version of the same stream is another state after a restore.
std::uint64_t fingerprint_in(const event_store& store, std::uint64_t state_fingerprint, std::int64_t state_version) {
    const store_identity identity = store.identity();
    const std::string text =
        fmt::format("state {:016x} version {} reading {:016x} store {} history {}", state_fingerprint, state_version,
                    store.reading_fingerprint(), identity.store.to_string(), identity.history.to_string());
    return XXH3_64bits(text.data(), text.size());
}

std::string place_of(const snapshot& taken) {
    return fmt::format("snapshot of {} at version {}", taken.stream.to_string(), taken.progress.version.value);
}

/// Whether the store kept to the question. A state with too much in it would be a wrong answer, and a version that is
/// not below the bound an endless search.
bool answers(const found_snapshot& found, const snapshot_query& query) {
    return found.value.progress.version < query.before &&
           (found.bytes == snapshot_bytes::damaged || serves(found.value.progress, query.when));
}

/// Empty if the state could be restored. The aggregate's own `restore` may throw, as for bytes that decode to nonsense.
std::string why_not_restored(const snapshot& taken, function_ref<bool(std::string_view)> restore) {
    try {
        return restore(taken.state) ? std::string{} : "its state does not decode";
    } catch (const std::exception& failure) {
        return fmt::format("its state cannot be restored: {}", failure.what());
    }
}

}  // namespace

snapshot_keeper::snapshot_keeper(const event_store& store, snapshot_store& snapshots, snapshot_policy policy,
                                 std::uint64_t state_fingerprint, std::int64_t state_version)
    : store_(store),
      snapshots_(snapshots),
      policy_(policy),
      fingerprint_(fingerprint_in(store, state_fingerprint, state_version)) {}

std::optional<fold_progress> snapshot_keeper::recall(const stream_id& stream, const as_of& when,
                                                     function_ref<bool(std::string_view)> restore) {
    snapshot_query query{stream, when};
    while (const auto found = look_up(query)) {
        const snapshot& taken = found->value;
        if (!answers(*found, query)) {
            count(&snapshot_counters::failed_to_read, place_of(taken) + ": not what the snapshot store was asked for");
            return std::nullopt;
        }
        // The bound moves on even if dropping fails, so that the search ends.
        query.before = taken.progress.version;

        if (found->bytes == snapshot_bytes::damaged)
            drop(taken, &snapshot_counters::dropped_damaged, "its checksum is wrong");
        else if (taken.fingerprint != fingerprint_ || !is_of_this_history(taken))
            drop(taken, &snapshot_counters::dropped_outdated, {});
        else if (const std::string why = why_not_restored(taken, restore); !why.empty())
            drop(taken, &snapshot_counters::dropped_damaged, why);
        else {
            count(&snapshot_counters::used);
            return taken.progress;
        }
    }
    return std::nullopt;
}

std::optional<found_snapshot> snapshot_keeper::look_up(const snapshot_query& query) {
    try {
        return snapshots_.nearest(query);
    } catch (const std::exception& failure) {
        count(&snapshot_counters::failed_to_read, failure.what());
        return std::nullopt;
    }
}

// A store that was put back to an earlier day by copying files keeps the history's name, and its streams grow again with
// other events under the same versions. So the last event of the snapshot must still be the one it was: at the same
// position, recorded at the same microsecond. This costs one look-up by key, less than folding a handful of events.
bool snapshot_keeper::is_of_this_history(const snapshot& taken) const {
    const fold_progress& last = taken.progress;
    bool same_time = true;  // of an event that a decorator drops no more is known than its place
    const auto only_last = read_query::stream(taken.stream).after(last.version.next(-1)).before(last.version.next());
    const page page = store_.read(only_last, batch_limit{1},
                                  [&](const event_view& event) { same_time = event.recorded_at == last.recorded_at; });
    return page.events == 1 && page.last_position == last.position && same_time;
}

void snapshot_keeper::drop(const snapshot& taken, counter reason, std::string_view why) {
    if (why.empty()) count(reason);
    else count(reason, fmt::format("{}: {}", place_of(taken), why));
    try {
        snapshots_.drop(taken.stream, taken.progress.version);
    } catch (const std::exception& failure) {
        count(&snapshot_counters::failed_to_read, failure.what());
    }
}

void snapshot_keeper::offer(const stream_id& stream, const fold_progress& progress, stream_version recalled,
                            function_ref<std::string()> save) {
    if (!policy_.due(recalled, progress.version)) return;
    try {
        take(stream, progress, save);
    } catch (const std::exception&) {
        // Counted by `take`; the command itself is stored, and must not look as if it had failed.
    }
}

void snapshot_keeper::take(const stream_id& stream, const fold_progress& progress, function_ref<std::string()> save) {
    try {
        snapshots_.save({stream, progress, fingerprint_, save()}, policy_.kept());
    } catch (const std::exception& failure) {
        count(&snapshot_counters::failed_to_save, failure.what());
        throw;
    }
    count(&snapshot_counters::taken);
}

snapshot_counters snapshot_keeper::counters() const {
    return counters_.with([](const snapshot_counters& counters) { return counters; });
}

void snapshot_keeper::count(counter which) {
    counters_.with([&](snapshot_counters& counters) { ++(counters.*which); });
}

void snapshot_keeper::count(counter which, std::string why) {
    counters_.with([&](snapshot_counters& counters) {
        ++(counters.*which);
        counters.last_error = std::move(why);
    });
}

}  // namespace foldline::inline v0::detail
