#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "tally.hpp"
#include "window_callers.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/snapshots/snapshot_policy.hpp>
#include <foldline/sqlite/sqlite_snapshot_store.hpp>

#include <fmt/core.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace foldline_bench {
namespace {

/// The ids of the scattered streams of one length, gone through again and again.
class stream_names {
public:
    explicit stream_names(streams_of_length kind) {
        for (int which = 0; which < kind.streams; ++which) names_.push_back(scattered_name(kind.events, which));
    }
    const std::string& next() { return names_[turn_++ % names_.size()]; }

private:
    std::vector<std::string> names_;
    std::size_t turn_ = 0;
};

struct our_loads {
    our_loads(const histories& logs, streams_of_length kind) : store(logs.ours), names(kind) {}
    our_store store;
    foldline::repository<tally> tallies{store.store};
    stream_names names;
};

struct raw_loads {
    raw_loads(const histories& logs, streams_of_length kind) : log(logs.raw), names(kind) {}
    raw_log_reader log;
    stream_names names;
};

/// A load takes milliseconds at most, so a short round holds many.
template <class Load>
double time_of_load_us(const lab& place, Load load) {
    return time_of_call(place.how_much().round * 0.4, load).count() * 1e6;
}

void require_events(const tally::state& state, std::int64_t expected) {
    if (state.lines != expected) throw std::logic_error("a load did not meet every event");
}

contest load_streams(lab& place, streams_of_length kind) {
    auto ours = std::make_shared<our_loads>(place.scattered(), kind);
    auto raw = std::make_shared<raw_loads>(place.scattered(), kind);
    const auto our_round = [&place, ours, kind] {
        return time_of_load_us(place,
                               [&] { require_events(ours->tallies.load(ours->names.next()).state, kind.events); });
    };
    const auto raw_round = [&place, raw, kind] {
        return time_of_load_us(place, [&] { require_events(raw->log.load(raw->names.next()), kind.events); });
    };
    return {our_round, raw_round};
}

/// Ten thousand events, a snapshot of them, and some more events that came since: half of what `every(100)` lets come.
struct snapshotted {
    static constexpr std::size_t length = 10'000;
    static constexpr std::size_t since = 50;

    explicit snapshotted(const std::filesystem::path& file) : store(file) {
        append(length);
        tallies.take_now("snapshotted");
        append(since);
    }

    void append(std::size_t events) {
        const v1::LineMeasured event = first_event();
        std::vector<foldline::event_data> data(events, foldline::to_event(event, encode(our_metadata())));
        (void)store.store.append(foldline::append_request::to({std::string(tally::category), "snapshotted"},
                                                              foldline::expected_version::any(), std::move(data)));
    }

    our_store store;
    foldline::sqlite::sqlite_snapshot_store snapshots{store.file};
    foldline::snapshotting_repository<tally> tallies{store.store, snapshots, foldline::every(100)};
};

contest load_snapshotted(lab& place) {
    auto ours = std::make_shared<snapshotted>(place.fresh_file());
    contest without = load_streams(place, scattered_streams[3]);
    const auto our_round = [&place, ours] {
        const auto figure = time_of_load_us(place, [&] {
            require_events(ours->tallies.load("snapshotted").state, snapshotted::length + snapshotted::since);
        });
        if (ours->tallies.counters().used == 0) throw std::logic_error("no load began at the snapshot");
        return figure;
    };
    return {our_round, without.raw};
}

}  // namespace

std::vector<row> load_rows() {
    constexpr std::array<double, 4> on_record_us{17.5, 114, 1300, 12'700};
    std::vector<row> rows;
    for (std::size_t i = 0; i < scattered_streams.size(); ++i) {
        const streams_of_length kind = scattered_streams[i];
        rows.push_back({fmt::format("load.{}", kind.events), microseconds, on_record_us[i],
                        "one select of the stream by its name, each event into one message, the same fold",
                        [kind](lab& place) { return load_streams(place, kind); }});
    }
    rows.push_back({"load.10000.snapshot", microseconds, 12'700,
                    "as load.10000: all the events (ours: a snapshot and 50 events)", load_snapshotted});
    return rows;
}

}  // namespace foldline_bench
