// `events` and `tail`: the same events, once or for ever.

#include "event_writer.hpp"
#include "opened_store.hpp"
#include "verbs.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>
#include <foldline/eventstore/subscription.hpp>
#include <foldline/eventstore/subscription_runner.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t page_size = 1'000;

bool is_of_type(const std::string& wanted, event_type type) {
    return wanted.find('@') == std::string::npos ? wanted == type.name : wanted == type.to_string();
}

bool has_correlation(const event_view& event, const std::string& wanted) {
    try {
        return decode_metadata(event.metadata).correlation_id == wanted;
    } catch (const event_failure&) {
        return false;
    }
}

bool is_wanted(const event_view& event, const event_selection& which, const event_store& events) {
    const bool type_fits =
        which.types.empty() || std::any_of(which.types.begin(), which.types.end(), [&](const std::string& wanted) {
            return is_of_type(wanted, events.type_of(event.type));
        });
    return type_fits && (which.correlation.empty() || has_correlation(event, which.correlation));
}

template <class Bound>
read_query between(read_query query, const event_selection& which) {
    if (which.after) query = query.after(Bound{*which.after});
    if (which.before) query = query.before(Bound{*which.before});
    return query;
}

read_query query_of(const event_selection& which) {
    if (which.stream) return between<stream_version>(read_query::stream(*which.stream), which);
    return between<global_position>(which.category.empty() ? read_query::all() : read_query::category(which.category),
                                    which);
}

/// Writes what is wanted of the events that it is given, up to the limit.
class selecting_writer {
public:
    selecting_writer(event_writer& writer, const event_selection& which, const event_store& events)
        : writer_(writer),
          which_(which),
          events_(events),
          left_(which.limit.value_or(std::numeric_limits<std::int64_t>::max())) {}

    [[nodiscard]] bool is_done() const { return left_ == 0; }

    flow operator()(const event_view& event) {
        if (is_done()) return flow::stop;
        if (!is_wanted(event, which_, events_)) return flow::go_on;
        writer_.write(event);
        return --left_ == 0 ? flow::stop : flow::go_on;
    }

private:
    event_writer& writer_;
    const event_selection& which_;
    const event_store& events_;
    std::atomic<std::int64_t> left_;  // `tail` writes on one thread and asks on another
};

bool exists(const event_store& events, const stream_id& stream) {
    return events.read(read_query::stream(stream), batch_limit{1}, [](const event_view&) {}).events > 0;
}

read_query from_now(const read_query& query, const event_selection& which, const event_store& events) {
    if (!which.stream) return query.after(events.head());
    const page last = events.read(query.backward(), batch_limit{1}, [](const event_view&) {});
    return last.events == 0 ? query : query.after(last.last_version);
}

/// Whoever reads a pipe sees each event when it is there; a disk that is full ends it.
void flush(std::FILE* out) {
    if (std::fflush(out) != 0 || std::ferror(out)) throw std::runtime_error("the output could not be written");
}

}  // namespace

int run(const events_request& request, const console& to) {
    const opened_store store{request.store, to.self};
    if (request.which.stream && !exists(store.stored(), *request.which.stream))
        return to.fail(exit_code::not_found, fmt::format("there is no stream {} in {}",
                                                         request.which.stream->to_string(), request.store.string()));
    event_writer writer{to.out, store, request.display};
    selecting_writer wanted{writer, request.which, store.events()};
    read_query query = query_of(request.which);
    if (request.direction == read_direction::backward) query = query.backward();
    for (page page; !page.at_end && !wanted.is_done(); query = query.from(page))
        page = store.events().read(query, batch_limit{page_size}, wanted);
    writer.end();
    return exit_code::ok;
}

int run(const tail_request& request, const console& to) {
    const opened_store store{request.store, to.self};
    event_writer writer{to.out, store, request.display};
    selecting_writer wanted{writer, request.which, store.events()};
    read_query query = query_of(request.which);
    if (request.start == tail_start::now) query = from_now(query, request.which, store.stored());

    catch_interrupts();
    subscription reading{store.events(), query};
    const auto is_over = [&] { return wanted.is_done() || is_interrupted(); };
    subscription_runner runner{[&] {
        if (is_over()) return false;
        const bool may_be_more =
            reading.poll([&](const event_view& event) { return is_interrupted() ? flow::stop : wanted(event); });
        flush(to.out);
        return may_be_more && !is_over();
    }};
    runner.wait_until(is_over);
    runner.stop();
    runner.rethrow_if_failed();
    return wanted.is_done() ? exit_code::ok : exit_code::interrupted;
}

}  // namespace foldline::inline v0::cli
