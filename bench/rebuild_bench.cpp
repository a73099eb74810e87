#include "callers.hpp"
#include "our_store.hpp"
#include "products.hpp"
#include "projecting.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/projections/rebuild.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace foldline_bench {
namespace {

constexpr int all_callers = 8;

std::filesystem::path write_log(lab& place) {
    constexpr std::size_t events_a_call = 1000;
    const auto file = place.fresh_file();
    our_store log{file, foldline::sqlite::durability::off};
    our_caller caller{log.store, "s"};
    for (std::size_t i = 0; i < place.how_much().events; i += events_a_call) caller.append(events_a_call);
    return file;
}

/// A store that is written to, and whose read model is rebuilt, for as long as a round is.
///
/// confined.
class busy_store {
public:
    explicit busy_store(lab& place)
        : round_(place.how_much().round), log_(write_log(place)), rows_(place.fresh_file()) {
        for (int i = 0; i < all_callers; ++i) callers_.emplace_back(log_.store, prefix_of(i), share_of(all_callers));
    }

    struct rates {
        double appends = 0;
        double rebuild = 0;  ///< events a second
    };

    double append() { return run_callers(callers_, &our_caller::append_one, round_).events_a_second; }
    double rebuild() {
        const auto begin = std::chrono::steady_clock::now();
        return rebuild_until([&] { return since(begin) >= round_; });
    }
    rates append_and_rebuild() {
        std::atomic<bool> stop{false};
        auto rebuilding = std::async(std::launch::async, [&] { return rebuild_until([&] { return stop.load(); }); });
        const double appends = append();
        stop = true;
        return {appends, rebuilding.get()};
    }

private:
    struct interrupted {};

    /// One after the other; the last one is interrupted, and goes on in the next round.
    double rebuild_until(const std::function<bool()>& over) {
        std::int64_t applied = 0;
        foldline::sql_projection projection = products();
        foldline::rebuild_options options;
        options.report = [&](const foldline::rebuild_progress& now) {
            applied += now.reached.value - std::exchange(reached_, now.reached.value);
            if (over()) throw interrupted{};
        };
        const seconds passed = time_of([&] {
            try {
                for (;;) {
                    foldline::rebuild(log_.store, rows_.models, projection, options);
                    reached_ = 0;
                }
            } catch (const interrupted&) {
                // The round is over.
            }
        });
        return static_cast<double>(applied) / passed.count();
    }

    seconds round_;
    our_store log_;
    our_rows rows_;
    std::deque<our_caller> callers_;
    std::int64_t reached_ = 0;  // by the rebuild that was interrupted
};

/// Both rows look at the same thing, and each takes one figure of it.
contest appends_during_rebuild(lab& place) {
    auto busy = std::make_shared<busy_store>(place);
    return {[busy] { return busy->append_and_rebuild().appends; }, [busy] { return busy->append(); }};
}

contest rebuild_during_appends(lab& place) {
    auto busy = std::make_shared<busy_store>(place);
    return {[busy] { return busy->append_and_rebuild().rebuild; }, [busy] { return busy->rebuild(); }};
}

}  // namespace

std::vector<row> rebuild_rows() {
    return {{"project.rebuild.appends", events_per_second, 0,
             "no raw program: OUR OWN 8 callers alone; ours append while a table is rebuilt", appends_during_rebuild},
            {"project.rebuild.rate", events_per_second, 0,
             "no raw program: OUR OWN rebuild alone; ours rebuilds while 8 callers append", rebuild_during_appends}};
}

}  // namespace foldline_bench
