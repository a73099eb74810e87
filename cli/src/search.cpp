// `search`: the events that say something.

#include "event_address.hpp"
#include "event_matcher.hpp"
#include "event_writer.hpp"
#include "opened_store.hpp"
#include "selected_events.hpp"
#include "verbs.hpp"

#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/terminal_progress.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace foldline::inline v0::cli {
namespace {

constexpr std::size_t page_size = 1'000;

/// Where the wanted times are in the log. Only a shortcut: each event is asked for its time anyway.
event_selection bounded_by_time(const event_store& stored, const search_request& request) {
    event_selection which = request.which;
    if (which.stream || request.time == event_time::occurred) return which;
    if (request.since) which.after = first_recorded_from(stored, *request.since).value - 1;
    if (request.until) which.before = first_recorded_from(stored, *request.until).value;
    return which;
}

/// How far the search has come, on a line that gives way to what was found.
class search_progress {
public:
    search_progress(const read_query& query, global_position head)
        : is_known_(!std::holds_alternative<stream_id>(query.where())),
          direction_(query.direction()),
          first_(query.lower_bound()),
          last_(std::max(first_, std::min(query.upper_bound() - 1, head.value))) {}

    void show(global_position passed) {
        if (!is_known_) return;
        if (!line_) line_.emplace("Searching", "events");
        const auto done = direction_ == read_direction::forward ? passed.value - first_ : last_ - passed.value;
        line_->show(static_cast<std::uint64_t>(std::clamp(done, std::int64_t{0}, last_ - first_)),
                    static_cast<std::uint64_t>(last_ - first_));
    }
    void hide() { line_.reset(); }

private:
    bool is_known_;
    read_direction direction_;
    std::int64_t first_;
    std::int64_t last_;
    std::optional<terminal_progress> line_;
};

/// Counts what is found, and hands it on unless only the number is wanted.
class findings {
public:
    findings(const search_request& request, event_writer& writer, search_progress& progress)
        : request_(request), writer_(writer), progress_(progress) {}

    [[nodiscard]] bool is_enough() const {
        return found_ >= request_.which.limit.value_or(std::numeric_limits<std::int64_t>::max());
    }
    [[nodiscard]] std::int64_t count() const { return found_; }

    void add(const event_view& event) {
        ++found_;
        if (request_.count_only) return;
        progress_.hide();
        writer_.write(event);
    }

private:
    const search_request& request_;
    event_writer& writer_;
    search_progress& progress_;
    std::int64_t found_ = 0;
};

void print_count(std::int64_t count, format shape, std::FILE* out) {
    if (shape == format::text) fmt::print(out, "{}\n", count);
    else fmt::print(out, "{{\"count\":{}}}\n", count);
}

int search(const search_request& request, const console& to) {
    const opened_store store{request.store, to.self, request.display.as};
    require_known(store, request.which, request.store);
    event_matcher matcher{store, request};
    event_writer writer{to.out, store, request.display};
    read_query query = query_of(bounded_by_time(store.stored(), request));
    if (request.direction == read_direction::backward) query = query.backward();
    search_progress progress{query, store.stored().head()};
    findings found{request, writer, progress};

    catch_interrupts();
    const auto look_at = [&](const event_view& event) {
        if (found.is_enough()) return flow::stop;
        if (matcher.admits(event)) found.add(event);
        return found.is_enough() ? flow::stop : flow::go_on;
    };
    for (page page; !page.at_end && !found.is_enough() && !is_interrupted(); query = query.from(page)) {
        page = store.events().read(query, batch_limit{page_size}, look_at);
        progress.show(page.last_position);
    }
    progress.hide();
    if (request.count_only) print_count(found.count(), request.display.shape, to.out);
    else writer.end();
    return is_interrupted() && !found.is_enough() ? exit_code::interrupted : exit_code::ok;
}

}  // namespace

int run(const search_request& request, const console& to) {
    try {
        return search(request, to);
    } catch (const veiled_search& refused) {
        return to.fail(exit_code::wrong_usage, refused.what());
    } catch (const impossible_condition& refused) {
        return to.fail(exit_code::wrong_usage, refused.what());
    }
}

}  // namespace foldline::inline v0::cli
