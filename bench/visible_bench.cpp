#include "our_store.hpp"
#include "products.hpp"
#include "projecting.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/projections/projection_runner.hpp>

#include <fmt/core.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace foldline_bench {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int appends_a_round = 500;  // of a product each
constexpr std::size_t events_a_commit = 1000;
constexpr auto rest = 1ms;  // so that the next event finds everybody asleep
constexpr auto patience = 10s;
constexpr auto row_of_product = "select units from products where product = ?1";

std::string product_of(int append) { return fmt::format("item-{:03}", append); }

void require_row(bool found) {
    if (!found) throw std::logic_error("the row of an event is not there, though its projection has passed it");
}

/// `append` stores one event, and gives when it was committed; `see` waits until the row of the n-th one is there.
template <class Append, class See>
double middle_time_until_seen_us(Append append, See see) {
    std::vector<seconds> times;
    for (int i = 0; i < appends_a_round; ++i) {
        std::this_thread::sleep_for(rest);
        const clock::time_point committed = append();
        see(i);
        times.push_back(since(committed));
    }
    return middle_us(std::move(times));
}

double our_round(lab& place) {
    return in_fresh_file(place, [&](const auto& log_file) {
        return in_fresh_file(place, [&](const auto& rows_file) {
            our_store log{log_file};
            // Connected first, so that it is called before the runner is woken.
            clock::time_point committed;
            const auto connection =
                log.store.commits().connect([&committed](foldline::global_position) { committed = clock::now(); });
            our_rows rows{rows_file};
            foldline::sql_projection projection = products();
            foldline::projector projector{log.store, rows.models, projection, batches_of(events_a_commit)};
            foldline::projection_runner runner{projector, log.store.commits()};
            our_caller caller{log.store, "s"};
            return middle_time_until_seen_us(
                [&] {
                    caller.append(1);
                    return committed;
                },
                [&](int append) {
                    const bool passed = runner.wait_until(foldline::global_position{append + 1}, patience);
                    rows.models.read([&](foldline::sql_session& reading) {
                        const auto units = reading.first<std::int64_t>(row_of_product, product_of(append));
                        require_row(passed && units);
                    });
                });
        });
    });
}

/// Keeps the rows on a thread of its own whenever it is told that something was committed.
class raw_follower {
public:
    raw_follower(const std::filesystem::path& log, const std::filesystem::path& file)
        : events_(log), products_(file), thread_([this] { follow(); }) {}
    raw_follower(const raw_follower&) = delete;
    raw_follower& operator=(const raw_follower&) = delete;
    ~raw_follower() {
        {
            const std::lock_guard lock{mutex_};
            stop_ = true;
        }
        news_.notify_all();
        thread_.join();
    }

    void tell() {
        {
            const std::lock_guard lock{mutex_};
            told_ = true;
        }
        news_.notify_all();
    }

    [[nodiscard]] bool wait_until(std::int64_t position) {
        std::unique_lock lock{mutex_};
        return news_.wait_for(lock, patience, [&] { return reached_ >= position; });
    }

private:
    void follow() {
        std::unique_lock lock{mutex_};
        for (;;) {
            news_.wait(lock, [&] { return told_ || stop_; });
            if (stop_) return;
            told_ = false;
            events_.begin_after(reached_);
            lock.unlock();
            const std::int64_t position = products_.follow(events_, events_a_commit);
            lock.lock();
            reached_ = position;
            news_.notify_all();
        }
    }

    raw_events events_;
    raw_products products_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::int64_t reached_ = 0;
    bool told_ = false;
    bool stop_ = false;
    std::thread thread_;
};

double raw_round(lab& place) {
    return in_fresh_file(place, [&](const auto& log_file) {
        return in_fresh_file(place, [&](const auto& rows_file) {
            raw_log log{log_file, "full"};
            raw_follower follower{log_file, rows_file};
            const raw_connection reader = open_raw(rows_file, "full");
            const raw_statement read_row = prepare_raw(reader.get(), row_of_product);
            raw_caller caller{log};
            return middle_time_until_seen_us(
                [&] {
                    caller.append(1);
                    const clock::time_point committed = clock::now();
                    follower.tell();
                    return committed;
                },
                [&](int append) {
                    const bool passed = follower.wait_until(append + 1);
                    const std::string product = product_of(append);
                    bind_raw(read_row.get(), 1, product);
                    bool found = false;
                    while (step_raw(read_row.get())) found = true;
                    require_row(passed && found);
                });
        });
    });
}

contest see_rows(lab& place) {
    return {[&place] { return our_round(place); }, [&place] { return raw_round(place); }};
}

}  // namespace

std::vector<row> visible_rows() {
    return {{"project.visible.p50", microseconds, 0,
             "from a commit until its row was read: a thread that was asleep upserts and commits, and wakes who reads",
             see_rows}};
}

}  // namespace foldline_bench
