#pragma once

#include "support/hand_driven.hpp"

#include <foldline_tests/windows/v1/windows.pb.h>
#include <foldline/projections/windows.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace foldline_tests {

using Clicks = windows::v1::Clicks;
using PageViewed = windows::v1::PageViewed;
using LinkFollowed = windows::v1::LinkFollowed;

/// Seconds after 1970, which few tests need to be a date.
[[nodiscard]] inline foldline::timestamp second(std::int64_t seconds) {
    return foldline::timestamp{std::chrono::seconds{seconds}};
}
[[nodiscard]] inline std::int64_t seconds_of(foldline::timestamp time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

[[nodiscard]] inline PageViewed viewed(const std::string& page, const std::string& visitor = "v",
                                       std::int64_t milliseconds = 1) {
    PageViewed event;
    event.set_page(page);
    event.set_visitor(visitor);
    event.set_milliseconds(milliseconds);
    return event;
}

inline void count_view(Clicks& clicks, const PageViewed& viewed) {
    clicks.set_views(clicks.views() + 1);
    clicks.set_milliseconds(clicks.milliseconds() + viewed.milliseconds());
    clicks.add_visitors(viewed.visitor());
}

/// `2 views, 30 ms: a b`
[[nodiscard]] inline std::string text_of(const Clicks& clicks) {
    std::string text = std::to_string(clicks.views()) + " views, " + std::to_string(clicks.milliseconds()) + " ms:";
    for (const std::string& visitor : clicks.visitors()) text += " " + visitor;
    return text;
}

/// Hands visits to a projection, each at the next position.
class visited_site {
public:
    explicit visited_site(foldline::projection& target) : rows(target) {}

    void view(const std::string& page, std::int64_t at, const std::string& visitor = "v") {
        apply(viewed(page, visitor), second(at));
    }
    void apply(const google::protobuf::Message& message, foldline::timestamp at) {
        foldline::event_view event;
        event.stream = {"site", "1"};
        event.position = position = position.next();
        event.occurred_at = at;
        event.recorded_at = recorded_at.value_or(event.occurred_at);
        rows.apply(message, event);
    }

    hand_driven rows;
    foldline::global_position position;
    std::optional<foldline::timestamp> recorded_at;
};

}  // namespace foldline_tests
