#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/testing/spec_failure.hpp>

#include <fmt/core.h>

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::testing::contract {

// --- what is shown where a store does something else ---

[[nodiscard]] std::string show(std::string_view bytes);  ///< control characters escaped, long ones cut
[[nodiscard]] std::string show(std::integral auto value) { return fmt::format("{}", value); }
[[nodiscard]] std::string show(stream_version version);
[[nodiscard]] std::string show(global_position position);
[[nodiscard]] std::string show(timestamp time);
[[nodiscard]] std::string show(const event_id& id);
[[nodiscard]] std::string show(const stream_id& stream);
[[nodiscard]] std::string show(const append_result& result);
[[nodiscard]] std::string show(const page& page);
[[nodiscard]] std::string show(const recorded_event& event);

/// Throws `spec_failure` with `what` unless `holds`.
void expect(bool holds, std::string_view what);
[[noreturn]] void fail(std::string_view what);

template <class Actual, class Expected>
void expect_equal(const Actual& actual, const Expected& expected, std::string_view what) {
    if (actual == expected) return;
    fail(fmt::format("{}: expected {}, got {}", what, show(expected), show(actual)));
}
/// Names the first place where the two differ.
void expect_same_lines(const std::vector<std::string>& actual, const std::vector<std::string>& expected,
                       std::string_view what);
/// Fails unless `call` throws a `Thrown`.
template <class Thrown, class Call>
void expect_throws(Call&& call, std::string_view what) {
    try {
        call();
    } catch (const Thrown&) {
        return;
    } catch (const std::exception& other) {
        fail(fmt::format("{}: threw another exception: {}", what, other.what()));
    }
    fail(fmt::format("{}: nothing was thrown", what));
}

// --- making events ---

inline constexpr event_type note_taken{"note-taken", 1};

[[nodiscard]] event_data note(std::string text);
/// `count` events that differ.
[[nodiscard]] std::vector<event_data> notes(std::size_t count, std::string_view text = "note");
/// The same events with ids that `name` and their order decide.
[[nodiscard]] std::vector<event_data> with_ids(std::vector<event_data> events, std::string_view name);
[[nodiscard]] event_id id_of(std::string_view name, std::size_t index = 0);
[[nodiscard]] stream_id order(std::string id);

// --- appending ---

/// Fails unless this call stores the request.
appended append_now(event_store& store, const append_request& request);
appended append_now(event_store& store, const stream_id& stream, std::vector<event_data> events,
                    expected_version expected = expected_version::any());
version_conflict expect_conflict(event_store& store, const append_request& request, std::string_view what);
id_reused expect_reused(event_store& store, const append_request& request, std::string_view what);
/// Fails unless the request is answered with `first`, as one that was stored before.
void expect_repeat(event_store& store, const append_request& request, const appended& first, std::string_view what);
/// Fails if `act` leaves anything in the store, or takes anything out.
void expect_nothing_stored(const event_store& store, const std::function<void()>& act);

// --- reading ---

struct batch {
    std::vector<recorded_event> events;
    page end;
};
[[nodiscard]] batch read_once(const event_store& store, const read_query& query, std::size_t limit);
/// Reads page after page until the end.
[[nodiscard]] std::vector<recorded_event> read_all(const event_store& store, const read_query& query,
                                                   std::size_t limit = 1'000);
[[nodiscard]] std::vector<recorded_event> read_stream(const event_store& store, const stream_id& stream);
[[nodiscard]] stream_version version_of(const event_store& store, const stream_id& stream);
[[nodiscard]] std::vector<std::string> lines(const std::vector<recorded_event>& events);
[[nodiscard]] std::vector<std::string> payloads(const std::vector<recorded_event>& events);
/// Fails unless positions are 1, 2, 3 … and each stream's versions are too.
void expect_no_holes(const event_store& store);

// --- threads ---

/// Runs `work(0)` to `work(threads - 1)` at once, and rethrows what one of them throws.
void in_parallel(std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace foldline::inline v0::testing::contract
