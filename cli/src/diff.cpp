// `diff`.

#include "event_difference.hpp"
#include "object_list.hpp"
#include "opened_store.hpp"
#include "shown_payload.hpp"
#include "transfer_verbs.hpp"
#include "watched.hpp"

#include <foldline/cli/numbers.hpp>
#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <string>

namespace foldline::inline v0::cli {
namespace {

/// Events of a payload of a megabyte each would be many bytes.
constexpr std::size_t page_size = 100;

/// The events of a store, one after the other.
class event_cursor {
public:
    explicit event_cursor(const event_store& store) : store_(store) { fill(); }

    /// Null at the end.
    [[nodiscard]] const recorded_event* event() const { return page_.empty() ? nullptr : &page_.front(); }
    void next() {
        page_.pop_front();
        fill();
    }

private:
    void fill() {
        while (page_.empty() && !at_end_) {
            const page read = store_.read(rest_, batch_limit{page_size}, [&](const event_view& event) {
                page_.emplace_back(event, store_.type_of(event.type));
            });
            rest_ = rest_.from(read);
            at_end_ = read.at_end;
        }
    }

    const event_store& store_;
    read_query rest_ = read_query::all();
    std::deque<recorded_event> page_;
    bool at_end_ = false;
};

/// Writes differences as they are found, up to the limit, and counts them all.
class difference_writer {
public:
    difference_writer(std::FILE* out, const diff_request& request)
        : out_(out), request_(request), objects_(out, request.display.shape) {}

    void write(const difference& found) {
        if (++count_ > request_.limit) return;
        if (request_.display.shape == format::text) write_for_people(found);
        else
            objects_.add(text_of(
                {{"place", found.place}, {"what", found.what}, {"first", found.first}, {"second", found.second}},
                request_.display.escape));
    }
    void end() {
        if (request_.display.shape != format::text) return objects_.end();
        if (count_ == 0) fmt::print(out_, "No differences.\n");
        else if (count_ > request_.limit)
            fmt::print(out_, "... and {} more; --limit tells more of them.\n", grouped(count_ - request_.limit));
    }
    [[nodiscard]] std::int64_t count() const { return count_; }

private:
    void write_for_people(const difference& found) {
        fmt::print(out_, "{}  {}: {} | {}\n", printed(found.place), printed(found.what), printed(value(found.first)),
                   printed(value(found.second)));
    }
    static std::string value(const std::string& text) { return text.empty() ? "(none)" : text; }
    [[nodiscard]] std::string printed(const std::string& text) const {
        return request_.display.escape == escaping::on ? printable(text) : text;
    }

    std::FILE* out_;
    const diff_request& request_;
    object_list objects_;
    std::int64_t count_ = 0;
};

std::string in_short(const recorded_event& event) {
    return fmt::format("{} {}@{} {}", event_type{event.type_name, event.type_version}.to_string(),
                       event.stream.to_string(), event.version.value, event.id.to_string());
}

void compare_events(store_comparison& compare, const event_store& first, const event_store& second,
                    difference_writer& to) {
    terminal_progress line{"Comparing"};
    const sqlite::progress_report report = watched(line);
    const auto all = static_cast<std::uint64_t>(std::max(first.head().value, second.head().value));
    std::uint64_t done = 0;
    event_cursor one{first};
    event_cursor other{second};
    const auto tell_alone = [&](const recorded_event& event, bool is_first) {
        to.write({fmt::format("position {}", event.position.value), "event", is_first ? in_short(event) : "",
                  is_first ? "" : in_short(event)});
    };
    while (one.event() || other.event()) {
        const bool first_only = !other.event() || (one.event() && one.event()->position < other.event()->position);
        const bool second_only = !one.event() || (other.event() && other.event()->position < one.event()->position);
        if (first_only) tell_alone(*one.event(), true);
        else if (second_only) tell_alone(*other.event(), false);
        else
            for (const difference& found : compare.of_events(*one.event(), *other.event())) to.write(found);
        if (!second_only) one.next();
        if (!first_only) other.next();
        if (++done % 1'000 == 0) report({done, all});
    }
}

}  // namespace

int run(const diff_request& request, const console& to) {
    const opened_store first{request.store, to.self, shown_as::stored};
    const opened_store second{request.other, to.self, shown_as::stored};
    store_comparison compare{first, second, request.display.personal};
    difference_writer writer{to.out, request};
    for (const difference& found : compare.of_upcasters()) writer.write(found);
    for (const difference& found : compare.of_schemas()) writer.write(found);
    compare_events(compare, first.stored(), second.stored(), writer);
    writer.end();
    return writer.count() == 0 ? exit_code::ok : exit_code::failed;
}

}  // namespace foldline::inline v0::cli
