#pragma once

#include <foldline/snapshots/snapshot_store.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace foldline_tests {

/// Keeps the snapshots of one stream as bytes, as a backend does, so that a test can damage any of them.
class byte_snapshot_store final : public foldline::snapshot_store {
public:
    explicit byte_snapshot_store(foldline::stream_id stream) : stream_(std::move(stream)) {}

    /// Six numbers (version, position, recorded, latest occurred, fingerprint, checksum) and the state.
    std::vector<std::string> rows;

    void save(const foldline::snapshot& taken, std::size_t kept) override {
        drop(taken.stream, taken.progress.version);
        const std::int64_t numbers[] = {taken.progress.version.value,
                                        taken.progress.position.value,
                                        taken.progress.recorded_at.time_since_epoch().count(),
                                        taken.progress.latest_occurred.time_since_epoch().count(),
                                        static_cast<std::int64_t>(taken.fingerprint),
                                        static_cast<std::int64_t>(foldline::checksum_of(taken))};
        rows.push_back(std::string(reinterpret_cast<const char*>(numbers), sizeof numbers) + taken.state);
        std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return number(a, 0) < number(b, 0); });
        while (rows.size() > kept) rows.erase(rows.begin());
    }

    std::optional<foldline::found_snapshot> nearest(const foldline::snapshot_query& query) const override {
        std::optional<foldline::found_snapshot> best;
        for (const std::string& row : rows) {
            const foldline::snapshot taken = read(row);
            if (taken.progress.version >= query.before || !serves(taken.progress, query.when)) continue;
            if (best && best->value.progress.version >= taken.progress.version) continue;
            const bool intact = static_cast<std::int64_t>(foldline::checksum_of(taken)) == number(row, 5);
            best = {taken, intact ? foldline::snapshot_bytes::intact : foldline::snapshot_bytes::damaged};
        }
        return best;
    }

    void drop(const foldline::stream_id&, foldline::stream_version version) override {
        std::erase_if(rows, [&](const std::string& row) { return number(row, 0) == version.value; });
    }
    void drop_all(const foldline::stream_id&) override { rows.clear(); }

private:
    static std::int64_t number(const std::string& row, std::size_t index) {
        std::int64_t value = 0;
        std::memcpy(&value, row.data() + index * sizeof value, sizeof value);
        return value;
    }

    [[nodiscard]] foldline::snapshot read(const std::string& row) const {
        const auto time = [&](std::size_t index) {
            return foldline::timestamp{std::chrono::microseconds{number(row, index)}};
        };
        foldline::fold_progress progress;
        progress.version = foldline::stream_version{number(row, 0)};
        progress.position = foldline::global_position{number(row, 1)};
        progress.recorded_at = time(2);
        progress.latest_occurred = time(3);
        return {stream_, progress, static_cast<std::uint64_t>(number(row, 4)), row.substr(6 * sizeof(std::int64_t))};
    }

    foldline::stream_id stream_;
};

}  // namespace foldline_tests
