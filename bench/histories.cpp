#include "histories.hpp"

#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "tally.hpp"
#include "window_callers.hpp"

#include <foldline/core/codec.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <variant>
#include <vector>

namespace foldline_bench {
namespace {

constexpr std::size_t batch = 1000;

/// How many events come next, and of which stream.
struct run_of_events {
    std::size_t stream;
    std::int64_t events;
};
using commit = std::vector<run_of_events>;

/// The order of the scattered events, with the names of their streams.
struct script {
    std::vector<std::string> names;
    std::vector<commit> commits;
};

script write_script(std::size_t events) {
    script written;
    std::vector<std::size_t> order;
    const auto add_stream = [&](std::string name, std::int64_t length) {
        order.insert(order.end(), static_cast<std::size_t>(length), written.names.size());
        written.names.push_back(std::move(name));
    };
    for (const auto [length, streams] : scattered_streams)
        for (int which = 0; which < streams; ++which) add_stream(scattered_name(length, which), length);
    while (order.size() < events) add_stream(fmt::format("filling-{:06}", written.names.size()), 10);

    std::mt19937_64 always_the_same{2010};
    std::shuffle(order.begin(), order.end(), always_the_same);
    for (std::size_t first = 0; first < order.size(); first += batch) {
        std::map<std::size_t, std::int64_t> runs;
        for (std::size_t i = first; i < std::min(first + batch, order.size()); ++i) ++runs[order[i]];
        commit& next = written.commits.emplace_back();
        for (const auto& [stream, count] : runs) next.push_back({stream, count});
    }
    return written;
}

void act_ours(const script& written, const std::filesystem::path& file) {
    our_store ours{file, foldline::sqlite::durability::off};
    const std::string metadata = encode(our_metadata());
    v1::LineMeasured event = first_event();
    std::uint64_t made = 0;
    for (const commit& next : written.commits) {
        foldline::append_request request;
        for (const auto& [stream, count] : next) {
            std::vector<foldline::event_data> data;
            for (std::int64_t i = 0; i < count; ++i) {
                make_next(event, made++);
                data.push_back(foldline::to_event(event, metadata));
            }
            request.writes.push_back({{std::string(tally::category), written.names[stream]},
                                      foldline::expected_version::any(),
                                      std::move(data)});
        }
        (void)ours.store.append(request);
    }
}

void act_raw(const script& written, const std::filesystem::path& file) {
    raw_log log{file, "off"};
    v1::LineMeasured event = first_event();
    std::uint64_t made = 0;
    std::vector<raw_stream> streams(written.names.size());
    for (const commit& next : written.commits) {
        log.begin_call();
        log.begin();
        for (const auto& [stream, count] : next) {
            if (streams[stream].number == 0) streams[stream] = log.new_stream(written.names[stream]);
            for (std::int64_t i = 0; i < count; ++i) {
                make_next(event, made++);
                log.add(streams[stream], event);
            }
        }
        log.commit();
    }
}

}  // namespace

histories write_windows(const std::filesystem::path& ours, const std::filesystem::path& raw, std::size_t events) {
    {
        our_store store{ours, foldline::sqlite::durability::off};
        our_caller caller{store.store, "s"};
        for (std::size_t i = 0; i < events; i += batch) caller.append(batch);
    }
    {
        raw_log log{raw, "off"};
        raw_caller caller{log};
        for (std::size_t i = 0; i < events; i += batch) caller.append(batch);
    }
    return {ours, raw, events};
}

histories write_scattered(const std::filesystem::path& ours, const std::filesystem::path& raw, std::size_t events) {
    const script written = write_script(events);
    act_ours(written, ours);
    act_raw(written, raw);
    return {ours, raw, events};
}

std::string scattered_name(std::int64_t length, int which) { return fmt::format("{}-{:03}", length, which); }

}  // namespace foldline_bench
