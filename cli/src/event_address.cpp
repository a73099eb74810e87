#include "event_address.hpp"

#include <foldline/cli/exit_code.hpp>
#include <foldline/cli/interrupt.hpp>
#include <foldline/cli/numbers.hpp>
#include <foldline/cli/terminal_progress.hpp>
#include <foldline/core/error.hpp>
#include <foldline/sqlite/connection.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace foldline::inline v0::cli {
namespace {

using namespace std::chrono_literals;

/// Clocks of two machines may differ, and an id may wait for its commit.
constexpr auto most_skew = 10min;

/// Rows that one statement looks at: how soon an interrupt is noticed.
constexpr std::int64_t rows_at_once = 20'000;

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
    return number;
}

/// People are shown 4,711, and copy it.
std::string ungrouped(const std::string& text) {
    std::string digits = text;
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    const auto number = number_in(digits);
    return number && grouped(*number) == text ? digits : text;
}

std::optional<event_address> place_in(const std::string& text) {
    const auto at = text.rfind('@');
    if (at == std::string::npos) return std::nullopt;
    const auto version = number_in(std::string_view{text}.substr(at + 1));
    if (!version) return std::nullopt;
    try {
        return stream_place{stream_id::parse(text.substr(0, at)), stream_version{*version}};
    } catch (const invalid_name&) {
        return std::nullopt;
    }
}

// ------------------------------------------------------------------------------------------------------- by position

template <class Wanted>
std::optional<global_position> first_of(const event_store& stored, const read_query& query, Wanted wanted) {
    std::optional<global_position> found;
    stored.read(query, batch_limit{1}, [&](const event_view& event) {
        if (wanted(event)) found = event.position;
    });
    return found;
}

/// The time that a UUID of version 7 was made at.
std::optional<timestamp> time_in(const uuid& id) {
    if (id.bytes[6] >> 4U != 7) return std::nullopt;
    std::int64_t milliseconds = 0;
    for (std::size_t at = 0; at < 6; ++at) milliseconds = milliseconds * 256 + id.bytes[at];
    return timestamp{std::chrono::milliseconds{milliseconds}};
}

// ------------------------------------------------------------------------------------------------------------- by id

class id_search {
public:
    id_search(const opened_store& store, const uuid& id)
        : store_(store), id_(id), reader_(store.file().open_reader()), end_(store.stored().head().value + 1) {
        catch_interrupts();
    }

    std::optional<global_position> run() {
        if (auto found = among_appends()) return found;
        std::int64_t from = 1;
        std::int64_t to = 1;
        if (const auto made = time_in(id_)) {
            from = first_recorded_from(store_.stored(), *made - most_skew).value;
            to = std::max(from, first_recorded_from(store_.stored(), *made + most_skew).value);
        }
        if (auto found = between(from, to)) return found;
        if (auto found = between(to, end_)) return found;
        return between(1, from);
    }

private:
    [[nodiscard]] std::optional<global_position> among_appends() const {
        const auto append = store_.stored().find_append(event_id{id_});
        if (!append) return std::nullopt;
        const auto first = append->result.version.value - static_cast<std::int64_t>(append->count);
        return first_of(store_.stored(), read_query::stream(append->stream).after(stream_version{first}),
                        [](const event_view&) { return true; });
    }

    /// From `from` on, before `to`. Only the heads of the rows are read, not the payloads.
    std::optional<global_position> between(std::int64_t from, std::int64_t to) {
        for (; from < to; from += rows_at_once) {
            if (is_interrupted()) throw interrupted("stopped; the event was not found yet");
            if (auto found = in_rows(from, std::min(from + rows_at_once, to))) return found;
            done_ += rows_at_once;
            line_.show(static_cast<std::uint64_t>(done_), static_cast<std::uint64_t>(end_));
        }
        return std::nullopt;
    }

    std::optional<global_position> in_rows(std::int64_t from, std::int64_t to) {
        sqlite::statement& rows = reader_->prepared(
            "select position from log_events where position >= ?1 and position < ?2 and event_id = ?3");
        const sqlite::reset_at_exit end{rows};
        rows.bind(1, from).bind(2, to).bind_blob(3,
                                                 {reinterpret_cast<const char*>(id_.bytes.data()), id_.bytes.size()});
        if (!rows.step()) return std::nullopt;
        return global_position{rows.integer(0)};
    }

    const opened_store& store_;
    uuid id_;
    std::unique_ptr<sqlite::connection> reader_;
    std::int64_t end_;
    std::int64_t done_ = 0;
    terminal_progress line_{"Looking for the event", "events"};
};

struct finder {
    const opened_store& store;

    std::optional<global_position> operator()(global_position wanted) const {
        return first_of(store.stored(), read_query::all().after(global_position{wanted.value - 1}),
                        [&](const event_view& event) { return event.position == wanted; });
    }
    std::optional<global_position> operator()(const event_id& id) const { return id_search{store, id.value}.run(); }
    /// By the stream's stored name, or the one that it is read under.
    std::optional<global_position> operator()(const stream_place& place) const {
        const read_query from = read_query::stream(place.stream).after(stream_version{place.version.value - 1});
        const auto is_it = [&](const event_view& event) { return event.version == place.version; };
        if (const auto found = first_of(store.stored(), from, is_it)) return found;
        return first_of(store.events(), from, is_it);
    }
};

struct writer {
    std::string operator()(global_position position) const { return fmt::format("at position {}", position.value); }
    std::string operator()(const event_id& id) const { return "with the id " + id.to_string(); }
    std::string operator()(const stream_place& place) const {
        return fmt::format("{}@{}", place.stream.to_string(), place.version.value);
    }
};

}  // namespace

std::optional<event_address> address_from(const std::string& text) {
    if (const auto position = number_in(ungrouped(text))) return global_position{*position};
    if (const auto id = uuid::parse(text)) return event_id{*id};
    return place_in(text);
}

std::string to_string(const event_address& address) { return std::visit(writer{}, address); }

std::optional<global_position> find_event(const opened_store& store, const event_address& address) {
    return std::visit(finder{store}, address);
}

std::string last_before(const opened_store& store, const event_address& address) {
    if (std::holds_alternative<global_position>(address))
        return fmt::format("; the last one is at {}", store.stored().head().value);
    const auto* place = std::get_if<stream_place>(&address);
    if (!place) return {};
    const page last =
        store.events().read(read_query::stream(place->stream).backward(), batch_limit{1}, [](const event_view&) {});
    if (last.events == 0) return "; there is no such stream";
    return fmt::format("; the stream ends at {}", last.last_version.value);
}

global_position first_recorded_from(const event_store& stored, timestamp time) {
    // Times never go back from one position to the next.
    std::int64_t low = 1;
    std::int64_t high = stored.head().value + 1;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        std::int64_t next = 0;  // of the first event from there on that is too early
        stored.read(read_query::all().after(global_position{middle - 1}), batch_limit{1}, [&](const event_view& event) {
            if (event.recorded_at < time) next = event.position.value + 1;
        });
        if (next > 0) low = next;
        else high = middle;
    }
    return global_position{low};
}

}  // namespace foldline::inline v0::cli
