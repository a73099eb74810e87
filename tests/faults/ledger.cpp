#include "ledger.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline_tests {
namespace {

using namespace foldline;

bool has_own_ids(int number) { return number % 2 == 0; }

std::string payload_of(int number, int event) { return fmt::format("append {} event {}", number, event); }

std::vector<event_data> events_of(int number, int first, int count) {
    std::vector<event_data> events;
    for (int i = first; i < first + count; ++i) {
        event_data& event = events.emplace_back();
        event.type = {"thing-done", 1};
        event.payload = payload_of(number, i);
        if (has_own_ids(number)) event.id = event_id{uuid::from_name(event.payload)};
    }
    return events;
}

int event_count(int number) { return number % 4 == 0 ? 4 : 2; }

struct found_event {
    std::string stream;
    std::int64_t version;
    std::int64_t position;
};

/// Everything in the store by payload; counts doubles and holes on the way.
std::map<std::string, found_event> all_events(const event_store& store, disagreement& found) {
    std::map<std::string, found_event> events;
    std::map<std::string, std::int64_t> versions;
    std::int64_t position = 0;
    read_query query = read_query::all();
    for (bool at_end = false; !at_end;) {
        const page page = store.read(query, batch_limit{100}, [&](const event_view& event) {
            found_event here{event.stream.to_string(), event.version.value, event.position.value};
            found.gap += here.position == ++position ? 0 : 1;
            found.gap += here.version == ++versions[here.stream] ? 0 : 1;
            found.dup += events.emplace(std::string(event.payload), here).second ? 0 : 1;
        });
        at_end = page.at_end;
        query = query.from(page);
    }
    return events;
}

}  // namespace

std::string disagreement::to_string() const {
    return fmt::format("lost={} dup={} gap={} half={} ghost={} wrong={}", lost, dup, gap, half, ghost, wrong);
}

disagreement& disagreement::operator+=(const disagreement& other) {
    lost += other.lost;
    dup += other.dup;
    gap += other.gap;
    half += other.half;
    ghost += other.ghost;
    wrong += other.wrong;
    return *this;
}

append_request ledger::request(int number) {
    append_request request;
    const int in_second = event_count(number) - 2;
    request.writes.push_back(
        {stream_id{"thing", std::to_string(number % 5)}, expected_version::any(), events_of(number, 0, 2)});
    if (in_second > 0)
        request.writes.push_back(
            {stream_id{"other", std::to_string(number)}, expected_version::any(), events_of(number, 2, in_second)});
    return request;
}

void ledger::append(event_store& store, int number) {
    try {
        const append_result result = store.append(request(number));
        note(number, told::stored, std::get<appended>(result));
    } catch (const storage_error& failed) {
        note(number, failed.outcome == write_outcome::unknown ? told::unknown : told::nothing_stored);
    }
}

void ledger::note(int number, told answer, appended result) { entries_[number] = {answer, result}; }

int ledger::count(told answer) const {
    return static_cast<int>(
        std::count_if(entries_.begin(), entries_.end(), [&](const auto& one) { return one.second.answer == answer; }));
}

disagreement ledger::compare_log(const event_store& store) const {
    disagreement found;
    auto events = all_events(store, found);
    for (const auto& [number, noted] : entries_) {
        int present = 0;
        std::int64_t last_position = 0;
        for (int i = 0; i < event_count(number); ++i) {
            const auto event = events.find(payload_of(number, i));
            if (event == events.end()) continue;
            ++present;
            last_position = event->second.position;
            events.erase(event);
        }
        if (present != 0 && present != event_count(number)) ++found.half;
        if (noted.answer == told::stored && present == 0) ++found.lost;
        if (noted.answer == told::nothing_stored && present != 0) ++found.ghost;
        if (noted.answer == told::stored && present != 0 && last_position != noted.result.position.value) ++found.wrong;
    }
    found.ghost += static_cast<int>(events.size());
    return found;
}

disagreement ledger::compare(event_store& store) const {
    disagreement found = compare_log(store);
    for (const auto& [number, noted] : entries_) {
        if (noted.answer != told::stored || !has_own_ids(number)) continue;
        const append_result again = store.append(request(number));
        const auto* first = std::get_if<appended>(&again);
        if (!first || first->when != stored::before || first->position != noted.result.position ||
            first->version != noted.result.version)
            ++found.wrong;
    }
    return found;
}

}  // namespace foldline_tests
