#include "our_store.hpp"
#include "raw_sqlite.hpp"
#include "row.hpp"
#include "window_callers.hpp"

#include <foldline/eventstore/subscription.hpp>
#include <foldline/eventstore/subscription_runner.hpp>

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace foldline_bench {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t appends_a_round = 2000;

/// Where the reader says what it has seen.
class sighting {
public:
    void see(std::int64_t position) {
        when_ = clock::now();
        position_.store(position, std::memory_order_release);
    }

    /// When this position was seen. The writer sleeps beyond it, so that the next event finds the reader asleep again.
    [[nodiscard]] clock::time_point of(std::int64_t position) const {
        const clock::time_point too_late = clock::now() + 10s;
        do {
            if (clock::now() > too_late) throw std::runtime_error("an event was not seen within 10 s");
            std::this_thread::sleep_for(200us);
        } while (position_.load(std::memory_order_acquire) < position);
        return when_;
    }

private:
    clock::time_point when_;
    std::atomic<std::int64_t> position_{0};
};

/// `append` stores one event and tells when it was committed.
template <class Append>
double middle_time_to_sight_us(const sighting& seen, Append append) {
    std::vector<seconds> times;
    for (std::size_t i = 1; i <= appends_a_round; ++i) {
        const clock::time_point committed = append();
        times.push_back(seen.of(static_cast<std::int64_t>(i)) - committed);
    }
    return middle_us(std::move(times));
}

double our_round(lab& place) {
    const auto file = place.fresh_file();
    double figure = 0;
    {
        our_store ours{file};
        // Connected first, so that it is called before the runner is woken.
        clock::time_point committed;
        const auto connection =
            ours.store.commits().connect([&committed](foldline::global_position) { committed = clock::now(); });
        sighting seen;
        foldline::subscription all{ours.store, foldline::read_query::all()};
        foldline::subscription_runner runner{
            ours.store.commits(),
            [&] { return all.poll([&](const foldline::event_view& event) { seen.see(event.position.value); }); }};
        our_caller caller{ours.store, "s"};
        figure = middle_time_to_sight_us(seen, [&] {
            caller.append(1);
            return committed;
        });
        runner.stop();
        runner.rethrow_if_failed();
    }
    remove_database(file);
    return figure;
}

/// Reads what is new whenever it is told that something was committed.
class raw_follower {
public:
    raw_follower(const std::filesystem::path& file, sighting& seen)
        : db_(open_raw(file, "full")), seen_(seen), thread_([this] { follow(); }) {}
    raw_follower(const raw_follower&) = delete;
    raw_follower& operator=(const raw_follower&) = delete;
    ~raw_follower() {
        {
            const std::lock_guard lock{mutex_};
            stop_ = true;
        }
        news_.notify_one();
        thread_.join();
    }

    void tell() {
        {
            const std::lock_guard lock{mutex_};
            told_ = true;
        }
        news_.notify_one();
    }

private:
    void follow() {
        const raw_statement after = prepare_raw(db_.get(),
                                                "select position, stream, version, type, event_id, recorded_at, "
                                                "occurred_at, format, metadata, payload from "
                                                "log_events where position > ?1 order by position");
        std::int64_t position = 0;
        std::unique_lock lock{mutex_};
        for (;;) {
            news_.wait(lock, [&] { return told_ || stop_; });
            if (stop_) return;
            told_ = false;
            lock.unlock();
            bind_raw(after.get(), 1, position);
            while (step_raw(after.get())) seen_.see(position = sqlite3_column_int64(after.get(), 0));
            lock.lock();
        }
    }

    raw_connection db_;
    sighting& seen_;
    std::mutex mutex_;
    std::condition_variable news_;
    bool told_ = false;
    bool stop_ = false;
    std::thread thread_;
};

double raw_round(lab& place) {
    const auto file = place.fresh_file();
    double figure = 0;
    {
        raw_log log{file, "full"};
        raw_caller caller{log};
        sighting seen;
        raw_follower follower{file, seen};
        figure = middle_time_to_sight_us(seen, [&] {
            caller.append(1);
            const clock::time_point committed = clock::now();
            follower.tell();
            return committed;
        });
    }
    remove_database(file);
    return figure;
}

contest notify(lab& place) {
    return {[&place] { return our_round(place); }, [&place] { return raw_round(place); }};
}

}  // namespace

std::vector<row> notify_rows() {
    // 17 is the middle of the 8 to 26 on record.
    return {{"notify.p50", microseconds, 17,
             "from a commit to another thread, asleep on a condition, having read the row on a connection of its own",
             notify}};
}

}  // namespace foldline_bench
