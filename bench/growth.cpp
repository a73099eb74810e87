#include "growth.hpp"

#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "rounds.hpp"
#include "uniform_callers.hpp"
#include "window_callers.hpp"

#include <fmt/core.h>

#include <string_view>
#include <vector>

namespace foldline_bench {
namespace {

constexpr std::size_t batch = 1000;
constexpr int tenths = 10;

void say(std::string_view what, std::size_t done, std::size_t events, const std::vector<double>& ours,
         const std::vector<double>& raw) {
    fmt::print(stderr, "growing, {}: {} of {} events; ours {:.0f}, raw {:.0f} events/s\n", what, done, events,
               ours.back(), raw.back());
}

template <class Caller>
double take_a_tenth(Caller& caller, std::size_t events) {
    const std::size_t share = events / tenths;
    const seconds passed = time_of([&] {
        for (std::size_t i = 0; i < share; i += batch) caller.append(batch);
    });
    return static_cast<double>(share) / passed.count();
}

template <class Ours, class Raw>
grown grow(std::string_view what, const histories& logs, Ours ours, Raw raw) {
    std::vector<double> our_rates;
    std::vector<double> raw_rates;
    for (std::size_t tenth = 1; tenth <= tenths; ++tenth) {
        our_rates.push_back(take_a_tenth(ours, logs.events));
        raw_rates.push_back(take_a_tenth(raw, logs.events));
        say(what, tenth * logs.events / tenths, logs.events, our_rates, raw_rates);
    }
    return {logs, {our_rates.front(), our_rates.back()}, {raw_rates.front(), raw_rates.back()}};
}

}  // namespace

grown grow_windows(const std::filesystem::path& ours, const std::filesystem::path& raw, std::size_t events) {
    our_store store{ours, foldline::sqlite::durability::normal};
    raw_log log{raw, "normal"};
    return grow("window", {ours, raw, events}, our_caller{store.store, "s"}, raw_caller{log});
}

grown grow_uniform(const std::filesystem::path& ours, const std::filesystem::path& raw, std::size_t events) {
    const std::size_t streams = events / 10;
    foldline::sqlite::event_store_options for_scattered_streams;
    for_scattered_streams.index = foldline::sqlite::stream_index::merged;
    for_scattered_streams.cached_heads = streams;  // the raw program, too, knows where each stream stands
    our_store store{ours, foldline::sqlite::durability::normal, for_scattered_streams};
    raw_log log{raw, "normal"};
    return grow("uniform", {ours, raw, events}, our_uniform_caller{store.store, streams},
                raw_uniform_caller{log, streams});
}

}  // namespace foldline_bench
