#include <foldline/core/clock.hpp>

#include <fmt/core.h>

#include <cstdint>

namespace foldline::inline v0 {
namespace {

/// Takes exactly `width` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int value = 0;
    for (char c : text.substr(0, width)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(width);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

/// `.` and 1 to 6 digits, in microseconds.
std::optional<int> take_fraction(std::string_view& text) {
    if (!take(text, '.')) return 0;
    int micros = 0;
    int digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 6) {
        micros = micros * 10 + (text.front() - '0');
        text.remove_prefix(1);
        ++digits;
    }
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
}

std::optional<std::chrono::microseconds> take_time_of_day(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    std::optional<int> second = 0;
    std::optional<int> micros = 0;
    if (take(text, ':')) {
        second = take_digits(text, 2);
        micros = take_fraction(text);
    }
    if (!minute || !second || !micros || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second} +
           std::chrono::microseconds{*micros};
}

}  // namespace

std::string to_string(timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    // Not `time - day`: the first day that can be counted begins before the first microsecond that can.
    constexpr std::chrono::microseconds whole_day = std::chrono::days{1};
    const std::chrono::hh_mm_ss clock{(time.time_since_epoch() % whole_day + whole_day) % whole_day};
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   clock.hours().count(), clock.minutes().count(), clock.seconds().count());
    if (const auto micros = clock.subseconds().count(); micros != 0) {
        std::string fraction = fmt::format(".{:06}", micros);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += fraction;
    }
    return text + "Z";
}

std::optional<timestamp> parse_timestamp(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day) return std::nullopt;
    const auto date = std::chrono::year{*year} / *month / *day;
    if (!date.ok()) return std::nullopt;

    timestamp result = std::chrono::sys_days{date};
    if (text.empty()) return result;
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    const auto time = take_time_of_day(text);
    if (!time) return std::nullopt;
    take(text, 'Z');
    if (!text.empty()) return std::nullopt;
    return result + *time;
}

}  // namespace foldline::inline v0
