#include <foldline/snapshots/memory_snapshot_store.hpp>

#include <iterator>

namespace foldline::inline v0 {

void memory_snapshot_store::save(const snapshot& taken, std::size_t kept) {
    row saved{taken, checksum_of(taken)};
    streams_.with([&](auto& streams) {
        rows& of_stream = streams[taken.stream];
        of_stream.insert_or_assign(taken.progress.version, std::move(saved));
        while (of_stream.size() > kept) of_stream.erase(of_stream.begin());
    });
}

std::optional<found_snapshot> memory_snapshot_store::nearest(const snapshot_query& query) const {
    return streams_.with([&](const auto& streams) -> std::optional<found_snapshot> {
        const auto of_stream = streams.find(query.stream);
        if (of_stream == streams.end()) return std::nullopt;
        const rows& kept = of_stream->second;
        for (auto older = kept.lower_bound(query.before); older != kept.begin();) {
            --older;
            const auto& [taken, checksum] = older->second;
            if (serves(taken.progress, query.when))
                return found_snapshot{
                    taken, checksum == checksum_of(taken) ? snapshot_bytes::intact : snapshot_bytes::damaged};
        }
        return std::nullopt;
    });
}

void memory_snapshot_store::drop(const stream_id& stream, stream_version version) {
    streams_.with([&](auto& streams) {
        const auto of_stream = streams.find(stream);
        if (of_stream != streams.end()) of_stream->second.erase(version);
    });
}

void memory_snapshot_store::drop_all(const stream_id& stream) {
    streams_.with([&](auto& streams) { streams.erase(stream); });
}

}  // namespace foldline::inline v0
