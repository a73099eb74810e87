#include "callers.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <thread>

namespace foldline_bench {
namespace {

using times = std::vector<float>;

float p99(times& all) {
    const auto place = all.begin() + static_cast<times::difference_type>(all.size() * 99 / 100);
    std::nth_element(all.begin(), place, all.end());
    return *place;
}

}  // namespace

callers_round run_callers(const std::vector<std::function<void()>>& append, seconds round) {
    std::atomic<bool> stop{false};
    std::latch ready{static_cast<std::ptrdiff_t>(append.size()) + 1};
    const auto call_until_stopped = [&](const std::function<void()>& once) {
        times us;
        ready.arrive_and_wait();
        do us.push_back(static_cast<float>(time_of(once).count() * 1e6));
        while (!stop);
        return us;
    };
    std::vector<std::future<times>> running;
    for (const auto& once : append)
        running.push_back(std::async(std::launch::async, call_until_stopped, std::cref(once)));

    ready.arrive_and_wait();
    times all;
    const seconds passed = time_of([&] {
        std::this_thread::sleep_for(round);
        stop = true;
        for (auto& thread : running) thread.wait();
    });
    for (auto& thread : running) {
        const times us = thread.get();
        all.insert(all.end(), us.begin(), us.end());
    }
    return {static_cast<double>(all.size()) / passed.count(), p99(all)};
}

}  // namespace foldline_bench
