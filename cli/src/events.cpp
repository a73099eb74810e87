// `events` and `tail`: the same events, once or for ever.

#include "event_writer.hpp"
#include "opened_store.hpp"
#include "selected_events.hpp"
#include "verbs.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/core/error.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/eventstore/subscription_runner.hpp>
#include <foldline/sqlite/commit_watch_runner.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>
#include <stdexcept>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t page_size = 1'000;

/// How soon an interrupt is noticed, and a commit of somebody who was killed before telling of it.
constexpr std::chrono::milliseconds slow_look{250};

/// Writes the events that it is given, up to the limit.
class limited_writer {
public:
    limited_writer(event_writer& writer, const event_selection& which)
        : writer_(writer), left_(which.limit.value_or(std::numeric_limits<std::int64_t>::max())) {}

    [[nodiscard]] bool is_done() const { return left_ == 0; }

    flow operator()(const event_view& event) {
        if (is_done()) return flow::stop;
        writer_.write(event);
        return --left_ == 0 ? flow::stop : flow::go_on;
    }

private:
    event_writer& writer_;
    std::atomic<std::int64_t> left_;  // `tail` writes on one thread and asks on another
};

read_query from_now(const read_query& query, const event_selection& which, const event_store& events) {
    if (!which.stream) return query.after(events.head());
    const page last =
        events.read(read_query::stream(*which.stream).backward(), batch_limit{1}, [](const event_view&) {});
    return last.events == 0 ? query : query.after(last.last_version);
}

/// Hears at once of what other processes commit, where they tell of it. A store that none has written to since it was
/// restored, or one of a folder that nobody may write to, has no lock file; looking now and then is enough there.
void listen_for_commits(std::optional<sqlite::commit_watch_runner>& watch, opened_store& store) {
    try {
        watch.emplace(store.file(), store.stored());
    } catch (const storage_error&) {}
}

/// Whoever reads a pipe sees each event when it is there; a disk that is full ends it.
void flush(std::FILE* out) {
    if (std::fflush(out) != 0 || std::ferror(out)) throw std::runtime_error("the output could not be written");
}

}  // namespace

int run(const events_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.display.as};
    require_known(store, request.which, request.store);
    event_writer writer{to.out, store, request.display};
    limited_writer wanted{writer, request.which};
    read_query query = query_of(request.which);
    if (request.direction == read_direction::backward) query = query.backward();
    for (page page; !page.at_end && !wanted.is_done(); query = query.from(page))
        page = store.events().read(query, batch_limit{page_size}, wanted);
    writer.end();
    return exit_code::ok;
}

int run(const tail_request& request, const console& to) {
    opened_store store{request.store, to.self, request.display.as};
    event_writer writer{to.out, store, request.display};
    limited_writer wanted{writer, request.which};
    read_query query = query_of(request.which);
    if (request.start == tail_start::now) query = from_now(query, request.which, store.events());

    catch_interrupts();
    subscription reading{store.events(), query};
    const auto is_over = [&] { return wanted.is_done() || is_interrupted(); };
    const auto show_what_is_new = [&] {
        if (is_over()) return false;
        const bool may_be_more =
            reading.poll([&](const event_view& event) { return is_interrupted() ? flow::stop : wanted(event); });
        flush(to.out);
        return may_be_more && !is_over();
    };
    std::optional<sqlite::commit_watch_runner> watch;
    listen_for_commits(watch, store);
    runner_options options;
    options.fallback_interval = slow_look;
    subscription_runner runner{store.stored().commits(), show_what_is_new, options};
    runner.wait_until(is_over);
    runner.stop();
    runner.rethrow_if_failed();
    return wanted.is_done() ? exit_code::ok : exit_code::interrupted;
}

}  // namespace foldline::inline v0::cli
