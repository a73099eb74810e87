#include "support.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace foldline::inline v0::testing::contract {
namespace {

template <class... Fs>
struct overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

/// All that a store would show to whoever asks.
std::vector<std::string> image_of(const event_store& store) {
    std::vector<std::string> image = lines(read_all(store, read_query::all()));
    image.push_back(fmt::format("head {}", store.head().value));
    std::vector<std::string> types;
    for (const event_type type : store.stored_types()) types.push_back("type " + type.to_string());
    std::sort(types.begin(), types.end());
    image.insert(image.end(), types.begin(), types.end());
    return image;
}

}  // namespace

std::string show(std::string_view bytes) {
    constexpr std::size_t longest = 80;
    std::string shown = "\"";
    for (const char c : bytes.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7F) shown += fmt::format("\\x{:02x}", byte);
        else shown.push_back(c);
    }
    return shown + (bytes.size() > longest ? fmt::format("…\" ({} bytes)", bytes.size()) : "\"");
}

std::string show(stream_version version) { return fmt::format("version {}", version.value); }
std::string show(global_position position) { return fmt::format("position {}", position.value); }
std::string show(timestamp time) { return to_string(time); }
std::string show(const event_id& id) { return id.to_string(); }
std::string show(const stream_id& stream) { return show(std::string_view{stream.to_string()}); }

std::string show(const append_result& result) {
    return std::visit(
        overloaded{
            [](const appended& done) {
                return fmt::format("appended at version {}, position {}, recorded {} ({})", done.version.value,
                                   done.position.value, to_string(done.recorded_at),
                                   done.when == stored::now ? "now" : "before");
            },
            [](const version_conflict& conflict) {
                return fmt::format("a conflict: {} is at version {}", show(conflict.stream), conflict.actual.value);
            },
            [](const id_reused& reused) { return fmt::format("id {} was used before", reused.id.to_string()); },
        },
        result);
}

std::string show(const page& page) {
    return fmt::format("a page of {} events up to version {}, position {}{}", page.events, page.last_version.value,
                       page.last_position.value, page.at_end ? ", the last" : "");
}

std::string show(const recorded_event& event) {
    return fmt::format("#{} {} @{} {}@{} id {} recorded {} occurred {} metadata {} payload {}", event.position.value,
                       show(event.stream), event.version.value, event.type_name, event.type_version,
                       event.id.to_string(), to_string(event.recorded_at), to_string(event.occurred_at),
                       show(std::string_view{event.metadata}), show(std::string_view{event.payload}));
}

void expect(bool holds, std::string_view what) {
    if (!holds) fail(what);
}

void fail(std::string_view what) { throw spec_failure(std::string(what)); }

void expect_same_lines(const std::vector<std::string>& actual, const std::vector<std::string>& expected,
                       std::string_view what) {
    const auto line = [](const std::vector<std::string>& of, std::size_t i) {
        return i < of.size() ? of[i] : std::string("nothing");
    };
    for (std::size_t i = 0; i < std::max(actual.size(), expected.size()); ++i)
        if (line(actual, i) != line(expected, i))
            fail(fmt::format("{}: at {} of {} expected {}, got {}", what, i + 1, expected.size(), line(expected, i),
                             line(actual, i)));
}

event_data note(std::string text) {
    event_data event;
    event.type = note_taken;
    event.payload = std::move(text);
    return event;
}

std::vector<event_data> notes(std::size_t count, std::string_view text) {
    std::vector<event_data> events;
    for (std::size_t i = 1; i <= count; ++i) events.push_back(note(fmt::format("{} {}", text, i)));
    return events;
}

std::vector<event_data> with_ids(std::vector<event_data> events, std::string_view name) {
    for (std::size_t i = 0; i < events.size(); ++i) events[i].id = id_of(name, i);
    return events;
}

event_id id_of(std::string_view name, std::size_t index) { return {uuid::from_name(name).child(index)}; }

stream_id order(std::string id) { return {"order", std::move(id)}; }

appended append_now(event_store& store, const append_request& request) {
    const append_result result = store.append(request);
    const auto* done = std::get_if<appended>(&result);
    if (!done || done->when != stored::now)
        fail(fmt::format("an append to {} that nothing speaks against: got {}", show(request.writes.front().stream),
                         show(result)));
    return *done;
}

appended append_now(event_store& store, const stream_id& stream, std::vector<event_data> events,
                    expected_version expected) {
    return append_now(store, append_request::to(stream, expected, std::move(events)));
}

version_conflict expect_conflict(event_store& store, const append_request& request, std::string_view what) {
    append_result result = store.append(request);
    if (auto* conflict = std::get_if<version_conflict>(&result)) return *conflict;
    fail(fmt::format("{}: expected a conflict, got {}", what, show(result)));
}

id_reused expect_reused(event_store& store, const append_request& request, std::string_view what) {
    const append_result result = store.append(request);
    if (const auto* reused = std::get_if<id_reused>(&result)) return *reused;
    fail(fmt::format("{}: expected that the id is refused as used before, got {}", what, show(result)));
}

void expect_repeat(event_store& store, const append_request& request, const appended& first, std::string_view what) {
    appended expected = first;
    expected.when = stored::before;
    expect_nothing_stored(store, [&] { expect_equal(store.append(request), append_result{expected}, what); });
}

void expect_nothing_stored(const event_store& store, const std::function<void()>& act) {
    const auto before = image_of(store);
    act();
    expect_same_lines(image_of(store), before, "nothing may be stored");
}

batch read_once(const event_store& store, const read_query& query, std::size_t limit) {
    batch read;
    read.end = store.read(query, batch_limit{limit},
                          [&](const event_view& event) { read.events.emplace_back(event, store.type_of(event.type)); });
    return read;
}

std::vector<recorded_event> read_all(const event_store& store, const read_query& query, std::size_t limit) {
    std::vector<recorded_event> events;
    page reached = query.empty_page();
    while (!reached.at_end) {
        const page next = store.read(query.from(reached), batch_limit{limit}, [&](const event_view& event) {
            events.emplace_back(event, store.type_of(event.type));
        });
        // Each of these would let a reader go round for ever.
        const bool stands_still =
            next.last_position == reached.last_position && next.last_version == reached.last_version;
        if (!next.at_end && stands_still) fail("a read passed no event and does not say that it is at the end");
        if (next.events > 0 && stands_still) fail("a page ends where it began");
        reached = next;
    }
    return events;
}

std::vector<recorded_event> read_stream(const event_store& store, const stream_id& stream) {
    return read_all(store, read_query::stream(stream));
}

stream_version version_of(const event_store& store, const stream_id& stream) {
    const auto last = read_once(store, read_query::stream(stream).backward(), 1);
    return last.events.empty() ? stream_version{0} : last.events.front().version;
}

std::vector<std::string> lines(const std::vector<recorded_event>& events) {
    std::vector<std::string> shown;
    for (const recorded_event& event : events) shown.push_back(show(event));
    return shown;
}

std::vector<std::string> payloads(const std::vector<recorded_event>& events) {
    std::vector<std::string> found;
    for (const recorded_event& event : events) found.push_back(event.payload);
    return found;
}

void expect_no_holes(const event_store& store) {
    std::map<stream_id, stream_version> versions;
    global_position last;
    for (const recorded_event& event : read_all(store, read_query::all())) {
        expect_equal(event.position, last.next(), "positions follow each other");
        stream_version& version = versions[event.stream];
        expect_equal(event.version, version.next(), "versions of " + show(event.stream) + " follow each other");
        last = event.position;
        version = event.version;
    }
    expect_equal(store.head(), last, "the head is the last position");
}

void in_parallel(std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::mutex mutex;
    std::exception_ptr thrown;
    {
        std::vector<std::jthread> running;
        for (std::size_t i = 0; i < threads; ++i)
            running.emplace_back([&, i] {
                try {
                    work(i);
                } catch (...) {
                    std::scoped_lock lock{mutex};
                    thrown = std::current_exception();
                }
            });
    }
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace foldline::inline v0::testing::contract
