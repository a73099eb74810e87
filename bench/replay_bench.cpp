#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/eventstore/read_ahead_runner.hpp>

#include <memory>
#include <span>
#include <stdexcept>

namespace foldline_bench {
namespace {

/// Reads the whole log as whoever follows it does: page by page, each event decoded into one message.
std::size_t replay(const foldline::event_store& store) {
    constexpr foldline::batch_limit page_of{10'000};
    v1::LineMeasured reused;
    const foldline::event_type type = foldline::schema_of(reused).type;
    const foldline::event_type_id wanted = store.type_id(type);
    std::size_t events = 0;
    auto query = foldline::read_query::all();
    for (;;) {
        const auto page = store.read(query, page_of, [&](const foldline::event_view& event) {
            if (event.type != wanted) return;
            (void)decode(event, reused, type);
            ++events;
        });
        if (page.at_end) return events;
        query = query.from(page);
    }
}

/// The same, with a second thread that reads ahead.
std::size_t replay_ahead(const foldline::event_store& store) {
    v1::LineMeasured reused;
    const foldline::event_type type = foldline::schema_of(reused).type;
    const foldline::event_type_id wanted = store.type_id(type);
    std::size_t events = 0;
    foldline::read_ahead_runner ahead{store, foldline::read_query::all()};
    while (ahead.next([&](std::span<const foldline::event_view> batch) {
        for (const foldline::event_view& event : batch) {
            if (event.type != wanted) continue;
            (void)decode(event, reused, type);
            ++events;
        }
    })) {}
    return events;
}

template <class Replay>
double events_a_second(std::size_t expected, Replay replay) {
    std::size_t events = 0;
    const seconds passed = time_of([&] { events = replay(); });
    if (events != expected) throw std::logic_error("a replay did not meet every event");
    return static_cast<double>(events) / passed.count();
}

contest scan(lab& place, std::size_t (*replay_ours)(const foldline::event_store&)) {
    const histories& logs = place.windows();
    auto ours = std::make_shared<our_store>(logs.ours);
    auto raw = std::make_shared<raw_log_reader>(logs.raw);
    return {
        [ours, replay_ours, n = logs.events] { return events_a_second(n, [&] { return replay_ours(ours->store); }); },
        [raw, n = logs.events] { return events_a_second(n, [&] { return raw->replay(); }); }};
}

}  // namespace

std::vector<row> replay_rows() {
    return {{"scan.decode", events_per_second, 1'830'000, "one select of all columns, each event into one message",
             [](lab& place) { return scan(place, replay); }},
            {"scan.decode.ahead", events_per_second, 1'830'000,
             "as scan.decode, on ONE thread; ours reads ahead on a second",
             [](lab& place) { return scan(place, replay_ahead); }}};
}

}  // namespace foldline_bench
