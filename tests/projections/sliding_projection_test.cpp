#include "support/visits.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

sliding_projection<Clicks> clicks_of_last(std::chrono::microseconds size) {
    sliding_projection<Clicks> clicks{"clicks", 1, sliding{size}, [](Clicks& into, const Clicks& part) {
                                          into.set_views(into.views() + part.views());
                                          into.set_milliseconds(into.milliseconds() + part.milliseconds());
                                          into.mutable_visitors()->MergeFrom(part.visitors());
                                      }};
    clicks.on([](const PageViewed& event) { return event.page(); }, count_view);
    return clicks;
}

std::string at(visited_site& site, const sliding_projection<Clicks>& clicks, const std::string& key,
               std::int64_t seconds) {
    std::string text = "nothing";
    site.rows.with_rows([&](sql_session& rows) {
        if (const auto found = sliding_windows<Clicks>{rows, clicks}.at(key, second(seconds))) text = text_of(*found);
    });
    return text;
}

/// Writes down what `on_change` says.
void note_changes(sliding_projection<Clicks>& clicks, lines& changes) {
    clicks.on_change([&](sql_session&, const std::string& key, timestamp when, const Clicks& document) {
        changes.push_back(key + " " + std::to_string(seconds_of(when)) + " " + text_of(document));
    });
}

}  // namespace

TEST_CASE("sliding windows: one holds what occurred at its end, and not what occurred its size before") {
    auto clicks = clicks_of_last(10s);
    clicks.keep_for(1h);
    visited_site site{clicks};
    site.view("/", 0, "a");
    site.view("/", 4, "b");
    site.view("/other", 5, "x");
    site.rows.commit();
    CHECK(at(site, clicks, "/", -1) == "nothing");
    CHECK(at(site, clicks, "/", 0) == "1 views, 1 ms: a");
    CHECK(at(site, clicks, "/", 4) == "2 views, 2 ms: a b");
    CHECK(at(site, clicks, "/", 9) == "2 views, 2 ms: a b");
    CHECK(at(site, clicks, "/", 10) == "1 views, 1 ms: b");
    CHECK(at(site, clicks, "/", 14) == "nothing");
    CHECK(at(site, clicks, "/none", 4) == "nothing");
}

TEST_CASE("sliding windows: parts are merged by their time, and those of one time as the log has them") {
    auto clicks = clicks_of_last(10s);
    visited_site site{clicks};
    clicks.watermark_lags(10s);
    site.view("/", 5, "c");
    site.view("/", 3, "a");
    site.rows.commit();
    site.view("/", 5, "d");
    site.view("/", 4, "b");
    site.rows.commit();
    CHECK(at(site, clicks, "/", 5) == "4 views, 4 ms: a b c d");
}

TEST_CASE("sliding windows: an event changes the window that ends at it, and those at later events that hold it") {
    auto clicks = clicks_of_last(10s);
    clicks.watermark_lags(1min);
    lines changes;
    note_changes(clicks, changes);
    visited_site site{clicks};
    site.view("/", 20, "d");
    site.view("/", 9, "a");
    site.rows.commit();
    site.view("/", 19, "c");
    site.view("/", 10, "b");
    site.rows.commit();
    CHECK(changes == lines{"/ 20 1 views, 1 ms: d", "/ 9 1 views, 1 ms: a", "/ 19 1 views, 1 ms: c",
                           "/ 20 2 views, 2 ms: c d", "/ 10 2 views, 2 ms: a b", "/ 19 2 views, 2 ms: b c"});
}

TEST_CASE("sliding windows: an event is late when the watermark has passed it by more than the allowance") {
    auto clicks = clicks_of_last(10s);
    clicks.allow_late(3s).late_events(late::set_aside);
    visited_site site{clicks};
    site.view("/", 20, "a");
    site.view("/", 17, "b");
    site.view("/", 16, "c");
    site.rows.commit();
    CHECK(at(site, clicks, "/", 20) == "2 views, 2 ms: b a");
    lines found;
    site.rows.with_rows([&](sql_session& rows) {
        sliding_windows<Clicks>{rows, clicks}.late([&](const late_event& each) {
            found.push_back(std::to_string(each.position.value) + " " + std::to_string(seconds_of(each.missed.end)));
        });
    });
    CHECK(found == lines{"3 16"});
}

TEST_CASE("sliding windows: a late one that is let in corrects every window that is kept") {
    auto clicks = clicks_of_last(10s);
    clicks.keep_for(5s);
    visited_site site{clicks};
    site.view("/", 20, "c");
    site.view("/", 12, "b");
    site.view("/", 6, "a");
    site.view("/", 5, "x");  // in no window that ends at 15 or later
    site.rows.commit();
    CHECK(at(site, clicks, "/", 15) == "2 views, 2 ms: a b");
    CHECK(at(site, clicks, "/", 20) == "2 views, 2 ms: b c");
    CHECK(at(site, clicks, "/", 14) == "nothing");
    site.rows.with_rows([&](sql_session& rows) { CHECK(sliding_windows<Clicks>{rows, clicks}.ignored() == 1); });
}

TEST_CASE("sliding windows: a key keeps no more parts than its windows need") {
    auto clicks = clicks_of_last(10s);
    clicks.allow_late(5s);
    visited_site site{clicks};
    for (int second = 0; second < 1000; ++second) {
        site.view("/", second);
        if (second % 7 == 0) site.rows.commit();
    }
    site.rows.commit();
    CHECK(site.rows.rows_of("select count(*), min(at) / 1000000 from clicks") == lines{"15|985"});
}

TEST_CASE("sliding windows: a size that is none is refused") {
    CHECK_THROWS_AS(clicks_of_last(0s), definition_error);
    CHECK_THROWS_AS(clicks_of_last(-1s), definition_error);
}
