#include "instructions.hpp"
#include "lab.hpp"
#include "measured.hpp"
#include "row.hpp"

#include <foldline_bench/v2/measured.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/eventstore/memory_event_store.hpp>
#include <foldline/eventstore/system_clock.hpp>
#include <foldline/eventstore/uuid_v7_source.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/upcasting_event_store.hpp>

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace foldline_bench {
namespace {

constexpr std::size_t events_in_log = 10'000;
constexpr unit nanoseconds{"ns", better::lower};

std::size_t scans_a_round(const effort& how_much) { return how_much.events / (2 * events_in_log); }

/// The events of every row as they were stored in version 1, in memory: no disk hides what an upcaster costs.
struct old_log {
    old_log() {
        v1::LineMeasured event = first_event();
        for (std::size_t n = 0; n < events_in_log; n += 1000) {
            std::vector<foldline::event_data> events;
            for (std::size_t i = 0; i < 1000; ++i) {
                make_next(event, n + i);
                events.push_back(foldline::to_event(event, our_metadata()));
            }
            (void)store.append(foldline::append_request::to({"order", std::to_string(n)},
                                                            foldline::expected_version::any(), std::move(events)));
        }
    }

    foldline::system_clock clock;
    foldline::uuid_v7_source ids{clock};
    foldline::memory_event_store store{clock, ids};
};

constexpr std::int64_t finer = 100;

v2::LineMeasured second(const v1::LineMeasured& old) {
    v2::LineMeasured made;
    made.set_order_id(old.order_id());
    made.set_customer(old.customer());
    made.set_product(old.product());
    made.set_description(old.description());
    made.set_country(old.country());
    made.set_placed_at_us(old.placed_at_us());
    made.set_units(old.units());
    made.set_unit_price_e6(old.unit_price_e4() * finer);
    made.set_total_e6(old.total_e4() * finer);
    made.set_trace(old.trace());
    made.set_currency("GBP");
    return made;
}

void fill_in(v2::LineMeasured& event) {
    event.set_unit_price_e6(event.unit_price_e6() * finer);
    event.set_total_e6(event.total_e6() * finer);
    event.set_currency("GBP");
}

foldline::upcaster_chain unused() {
    foldline::upcaster_chain chain;
    chain.add([](const v2::LineMeasured&, foldline::emits<> drop) { static_cast<void>(drop); });
    return chain;
}
foldline::upcaster_chain one() { return foldline::upcaster_chain{}.add(second); }
foldline::upcaster_chain carried() {
    return foldline::upcaster_chain{}.add(foldline::carried_over<v1::LineMeasured>(fill_in));
}

foldline::upcaster_chain declared() {
    foldline::declared_upcaster step{{"line-measured", 1}, {"line-measured", 2}};
    step.move("unit_price_e4", "unit_price_e6", foldline::multiplied_by{finer})
        .move("total_e4", "total_e6", foldline::multiplied_by{finer})
        .fill("currency", "GBP");
    return foldline::upcaster_chain{}.add<v2::LineMeasured>(step);
}

/// Reads the log to its end, and decodes each event as an `E`.
template <class E>
void scan(const foldline::event_store& store) {
    E reused;
    const foldline::event_type type = foldline::schema_of(reused).type;
    const foldline::event_type_id wanted = store.type_id(type);
    std::size_t events = 0;
    (void)store.read(foldline::read_query::all(), foldline::batch_limit{events_in_log},
                     [&](const foldline::event_view& event) {
                         if (event.type != wanted) return;
                         (void)decode(event, reused, type);
                         ++events;
                     });
    if (events != events_in_log) throw std::logic_error("a scan did not meet every event");
}

double time_of_event_ns(std::size_t scans, const foldline::event_store& store,
                        void (*scan)(const foldline::event_store&)) {
    const seconds passed = time_of([&] {
        for (std::size_t i = 0; i < scans; ++i) scan(store);
    });
    return passed.count() * 1e9 / static_cast<double>(scans * events_in_log);
}

template <class E>
contest scans_through(lab& place, const foldline::upcaster_chain& chain) {
    struct upcast_log {
        explicit upcast_log(const foldline::upcaster_chain& chain) : events(log.store, chain) {}
        old_log log;
        foldline::upcasting_event_store events;
    };
    auto logs = std::make_shared<upcast_log>(chain);
    const std::size_t scans = scans_a_round(place.how_much());
    return {[logs, scans] { return time_of_event_ns(scans, logs->events, scan<E>); },
            [logs, scans] { return time_of_event_ns(scans, logs->log.store, scan<v1::LineMeasured>); }};
}

row timed(const std::string& name, std::function<contest(lab&)> prepare) {
    return {name, nanoseconds, 0, "a scan of the same log without a chain, each event into one message",
            std::move(prepare)};
}

/// The same row, counted and not timed.
row counted(const row& timed_row) {
    const auto count_once = [name = timed_row.name](lab& place) {
        const auto an_event = [&](side which) {
            return instructions_of_round(which, name, place.folder()) /
                   static_cast<double>(scans_a_round(effort::quick()) * events_in_log);
        };
        return contest{[n = an_event(side::ours)] { return n; }, [n = an_event(side::raw)] { return n; }};
    };
    return {timed_row.name + ".instructions", instructions, 0,
            fmt::format("as {}, counted by callgrind and not timed", timed_row.name), count_once};
}

}  // namespace

std::vector<row> upcast_rows() {
    std::vector<row> rows{
        timed("upcast.unused", [](lab& place) { return scans_through<v1::LineMeasured>(place, unused()); }),
        timed("upcast.one", [](lab& place) { return scans_through<v2::LineMeasured>(place, one()); }),
        timed("upcast.carried", [](lab& place) { return scans_through<v2::LineMeasured>(place, carried()); }),
        timed("upcast.declared", [](lab& place) { return scans_through<v2::LineMeasured>(place, declared()); })};
    if (!can_count_instructions()) {
        fmt::print(stderr, "upcast.*.instructions are left out: they need valgrind\n");
        return rows;
    }
    for (std::size_t i = 0, timed_rows = rows.size(); i < timed_rows; ++i) rows.push_back(counted(rows[i]));
    return rows;
}

}  // namespace foldline_bench
