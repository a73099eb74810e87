#include "writer_log.hpp"

#include <fmt/core.h>

#include <charconv>
#include <ctime>
#include <system_error>

namespace foldline_tests {

std::string event_mark::to_payload() const { return fmt::format("{}/{}/{}", writer, number, index); }

std::optional<event_mark> event_mark::of(std::string_view payload) {
    event_mark mark;
    const char* at = payload.data();
    const char* const end = at + payload.size();
    for (std::int32_t* part : {&mark.writer, &mark.number, &mark.index}) {
        const auto [next, error] = std::from_chars(at, end, *part);
        if (error != std::errc{}) return std::nullopt;
        at = next == end ? next : next + 1;
    }
    return mark.to_payload() == payload ? std::optional{mark} : std::nullopt;
}

read_record read_record::of(const foldline::event_view& event) {
    read_record record{event.position.value, event.version.value, -1, {-1, -1, -1}};
    std::from_chars(event.stream.id.data(), event.stream.id.data() + event.stream.id.size(), record.stream);
    if (const auto mark = event_mark::of(event.payload)) record.mark = *mark;
    return record;
}

std::int64_t monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace foldline_tests
