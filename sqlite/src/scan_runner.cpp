#include "scan_runner.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

constexpr std::int64_t stretch_size = 4096;  // positions
constexpr std::size_t most_threads = 4;

std::size_t stretches_of(const event_range& range) {
    const std::int64_t positions = std::max<std::int64_t>(range.before - range.after - 1, 0);
    return static_cast<std::size_t>((positions + stretch_size - 1) / stretch_size);
}

}  // namespace

std::size_t scan_runner::threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
}

scan_runner::scan_runner(const make_reader& make, event_range range, bool backward, const cell_filter& wanted,
                         std::size_t page_size, const make_groups& make_counts)
    : range_(std::move(range)),
      backward_(backward),
      wanted_(wanted),
      page_size_(page_size),
      count_(stretches_of(range_)),
      stretches_(2 * threads() + 1) {
    for (std::size_t i = 0; i < threads(); ++i) {
        readers_.push_back(make());
        counted_.push_back(make_counts ? make_counts() : nullptr);
    }
    for (std::size_t i = 0; i < readers_.size(); ++i)
        threads_.emplace_back([this, &reader = *readers_[i], counted = counted_[i].get()](const std::stop_token& stop) {
            work(stop, reader, counted);
        });
}

scan_runner::~scan_runner() {
    for (auto& each : threads_) each.request_stop();
}

template <class ReadPage>
void scan_runner::read(const std::stop_token& stop, std::size_t number, ReadPage read_page) const {
    const event_range range = range_of(number);
    read_query query = range.query(backward_);
    for (page page; !page.at_end && !stop.stop_requested(); query = query.from(page)) page = read_page(query, range);
}

void scan_runner::work(const std::stop_token& stop, page_reader& reader, event_groups* counted) {
    for (;;) {
        std::size_t number = 0;
        {
            std::unique_lock lock{mutex_};
            // The stretch that was handed out last is in use, so its place is not free.
            const auto may_begin = [&] {
                return begun_ == count_ || begun_ + 1 < std::max<std::size_t>(given_, 1) + stretches_.size();
            };
            if (!changed_.wait(lock, stop, may_begin) || begun_ == count_) return;
            number = begun_++;
        }
        stretch& mine = at(number);
        mine.rows.clear();
        mine.failure = nullptr;
        try {
            read(stop, number, [&](const read_query& query, const event_range& range) {
                const batch_limit limit{page_size_};
                return counted ? reader.count(query, limit, range, wanted_, *counted)
                               : reader.read(query, limit, range, wanted_, mine.rows);
            });
        } catch (...) {
            mine.failure = std::current_exception();
        }
        {
            const std::scoped_lock lock{mutex_};
            mine.is_ready = true;
        }
        changed_.notify_all();
    }
}

event_range scan_runner::range_of(std::size_t number) const {
    event_range range = range_;
    const auto passed = static_cast<std::int64_t>(number) * stretch_size;
    if (backward_) {
        range.before = range_.before - passed;
        range.after = std::max(range_.after, range.before - stretch_size - 1);
    } else {
        range.after = range_.after + passed;
        range.before = std::min(range_.before, range.after + stretch_size + 1);
    }
    return range;
}

row_page* scan_runner::next() {
    stretch* ready = nullptr;
    {
        std::unique_lock lock{mutex_};
        if (given_ == count_) return nullptr;
        ready = &at(given_);
        changed_.wait(lock, [&] { return ready->is_ready; });
        ready->is_ready = false;
        ++given_;
    }
    changed_.notify_all();
    if (ready->failure) std::rethrow_exception(ready->failure);
    return &ready->rows;
}

void scan_runner::add_counts_to(event_groups& all) const {
    for (const auto& of_thread : counted_)
        for (const event_groups::group& each : of_thread->all()) all.add(each.cells, each.rows);
}

}  // namespace foldline::inline v0::sqlite
