#include "support/visits.hpp"

#include <foldline/core/error.hpp>

#include <doctest/doctest.h>

namespace {

using namespace foldline;
using namespace foldline_tests;
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

window_projection<Clicks> clicks_in(hopping windows) {
    window_projection<Clicks> clicks{"clicks", 1, windows};
    clicks.on([](const PageViewed& event) { return event.page(); }, count_view);
    return clicks;
}
window_projection<Clicks> clicks_in(tumbling windows) {
    return clicks_in({windows.size, windows.size, windows.offset});
}

std::string line_of(const found_window<Clicks>& found) {
    return found.key + " " + std::to_string(seconds_of(found.when.start)) + ".." +
           std::to_string(seconds_of(found.when.end)) + (found.closed ? " closed" : " open") +
           (found.corrections > 0 ? " corrected " + std::to_string(found.corrections) : "") + " " +
           text_of(found.document);
}

/// Every window of a key, by time.
lines windows_of(visited_site& site, const window_projection<Clicks>& clicks, const std::string& key) {
    lines found;
    site.rows.with_rows([&](sql_session& rows) {
        foldline::windows<Clicks>{rows, clicks}.of_key(
            key, second(-100'000), second(100'000),
            [&](const found_window<Clicks>& each) { found.push_back(line_of(each)); });
    });
    return found;
}

/// Calls `use` with a reader of the rows.
template <class Use>
void with_reader(visited_site& site, const window_projection<Clicks>& clicks, Use use) {
    site.rows.with_rows([&](sql_session& rows) { use(foldline::windows<Clicks>{rows, clicks}); });
}

}  // namespace

TEST_CASE("windows: an event is in the window that begins at its time or before, and ends after it") {
    auto clicks = clicks_in(tumbling{10s});
    visited_site site{clicks};
    for (const int at : {0, 9, 10}) site.view("/", at);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") ==
          lines{"/ 0..10 closed 2 views, 2 ms: v v", "/ 10..20 open 1 views, 1 ms: v"});
}

TEST_CASE("windows: those before 1970 begin at multiples of their size as well") {
    auto clicks = clicks_in(tumbling{10s});
    visited_site site{clicks};
    for (const int at : {-20, -11, -10, -1, 0}) site.view("/", at);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ -20..-10 closed 2 views, 2 ms: v v",
                                                 "/ -10..0 closed 2 views, 2 ms: v v",
                                                 "/ 0..10 open 1 views, 1 ms: v"});
}

TEST_CASE("windows: an offset moves where they begin") {
    auto clicks = clicks_in(tumbling{10s, 3s});
    visited_site site{clicks};
    for (const int at : {2, 3, 12}) site.view("/", at);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ -7..3 closed 1 views, 1 ms: v", "/ 3..13 open 2 views, 2 ms: v v"});
}

TEST_CASE("windows: a hopping one shares its events with those that overlap it") {
    auto clicks = clicks_in(hopping{10s, 5s});
    visited_site site{clicks};
    site.view("/", 12, "a");
    site.view("/", 15, "b");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ 5..15 closed 1 views, 1 ms: a", "/ 10..20 open 2 views, 2 ms: a b",
                                                 "/ 15..25 open 1 views, 1 ms: b"});
}

TEST_CASE("windows: a size that is no multiple of the hop puts events into more or fewer of them") {
    auto clicks = clicks_in(hopping{10s, 4s});
    visited_site site{clicks};
    site.view("/", 9);
    site.view("/", 11);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ 0..10 closed 1 views, 1 ms: v", "/ 4..14 open 2 views, 2 ms: v v",
                                                 "/ 8..18 open 2 views, 2 ms: v v"});
}

TEST_CASE("windows: the watermark of a key is its latest event less the lag, and does not go back") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.watermark_lags(3s);
    visited_site site{clicks};
    site.view("/", 12);
    site.view("/", 5);
    site.view("/other", 40);
    site.rows.commit();
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) {
        CHECK(found.watermark("/") == second(9));
        CHECK(found.watermark("/other") == second(37));
        CHECK(found.watermark() == second(9));
        CHECK_FALSE(found.watermark("/none"));
    });
    CHECK(windows_of(site, clicks, "/") == lines{"/ 0..10 open 1 views, 1 ms: v", "/ 10..20 open 1 views, 1 ms: v"});
    site.view("/", 13);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed 1 views, 1 ms: v");
}

TEST_CASE("windows: a global watermark closes the windows of keys that get no more events") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.watermark_of(watermark_scope::global);
    visited_site site{clicks};
    site.view("/quiet", 1);
    site.rows.commit();
    site.view("/", 10);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/quiet") == lines{"/quiet 0..10 closed 1 views, 1 ms: v"});
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) {
        CHECK(found.watermark("/quiet") == second(10));
        CHECK(found.watermark() == second(10));
    });
}

TEST_CASE("windows: events of one key share an order key; under a global watermark all do") {
    auto clicks = clicks_in(tumbling{10s});
    const event_view event;
    CHECK(clicks.has_order_key());
    CHECK(clicks.order_key(0, viewed("/a"), event) == "/a");
    clicks.watermark_of(watermark_scope::global);
    CHECK(clicks.order_key(0, viewed("/a"), event) == clicks.order_key(0, viewed("/b"), event));
}

TEST_CASE("windows: a late event within the allowance corrects a closed window") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.allow_late(5s).late_events(late::ignored_and_counted);
    visited_site site{clicks};
    site.view("/", 1, "a");
    site.view("/", 14, "b");
    site.view("/", 2, "c");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed corrected 1 2 views, 2 ms: a c");
    site.view("/", 15, "d");
    site.view("/", 3, "e");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed corrected 1 2 views, 2 ms: a c");
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) { CHECK(found.ignored() == 1); });
}

TEST_CASE("windows: unless told otherwise they lose no event, however late") {
    auto clicks = clicks_in(tumbling{10s});
    visited_site site{clicks};
    site.view("/", 1, "a");
    site.view("/", 5000, "b");
    site.view("/", 2, "c");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed corrected 1 2 views, 2 ms: a c");
}

TEST_CASE("windows: an event that is set aside is in no window, and a row says of which") {
    auto clicks = clicks_in(hopping{10s, 5s});
    clicks.late_events(late::set_aside);
    visited_site site{clicks};
    site.view("/", 17);
    site.view("/", 8);   // for 0..10 and 5..15, both closed
    site.view("/", 14);  // for 5..15, and in time for 10..20
    site.rows.commit();
    lines found;
    with_reader(site, clicks, [&](const foldline::windows<Clicks>& reader) {
        reader.late([&](const late_event& each) {
            found.push_back(std::to_string(each.position.value) + " " + each.stream + " " + each.key + " " +
                            std::to_string(seconds_of(each.occurred_at)) + " " +
                            std::to_string(seconds_of(each.missed.start)) + ".." +
                            std::to_string(seconds_of(each.missed.end)));
        });
        CHECK(reader.ignored() == 0);
    });
    CHECK(found == lines{"2 site-1 / 8 0..10", "2 site-1 / 8 5..15", "3 site-1 / 14 5..15"});
    CHECK(windows_of(site, clicks, "/").front() == "/ 10..20 open 2 views, 2 ms: v v");
}

TEST_CASE("windows: on_closed is called once for each, when the watermark comes to its end, by end and key") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.watermark_of(watermark_scope::global);
    lines closed;
    clicks.on_closed([&](sql_session&, const std::string& key, const window& when, const Clicks& document) {
        closed.push_back(key + " " + std::to_string(seconds_of(when.end)) + " " + text_of(document));
    });
    visited_site site{clicks};
    site.view("/b", 1, "x");
    site.rows.commit();
    site.view("/a", 2, "y");
    site.view("/a", 9, "z");
    CHECK(closed.empty());
    site.view("/c", 25, "w");
    const lines expected{"/a 10 2 views, 2 ms: y z", "/b 10 1 views, 1 ms: x"};
    CHECK(closed == expected);
    site.view("/a", 3, "late");
    site.rows.commit();
    CHECK(closed == expected);
}

TEST_CASE("windows: one that begins late is closed by the event that it begins with") {
    auto clicks = clicks_in(tumbling{10s});
    lines calls;
    clicks.on_closed([&](sql_session&, const std::string&, const window&, const Clicks& document) {
        calls.push_back("closed " + text_of(document));
    });
    clicks.on_corrected([&](sql_session&, const std::string&, const window&, const Clicks& document) {
        calls.push_back("corrected " + text_of(document));
    });
    visited_site site{clicks};
    site.view("/", 15, "a");
    site.view("/", 3, "b");
    site.rows.commit();
    site.view("/", 4, "c");
    site.rows.commit();
    CHECK(calls == lines{"closed 1 views, 1 ms: b", "corrected 2 views, 2 ms: b c"});
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed corrected 1 2 views, 2 ms: b c");
}

TEST_CASE("windows: a hook writes to a table of its own, which is rolled back with the rest") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.table("busiest", "create table busiest (page text primary key, views integer not null) strict");
    clicks.on_closed([](sql_session& rows, const std::string& key, const window&, const Clicks& document) {
        rows.execute("insert into busiest values (?1, ?2)", key, document.views());
    });
    visited_site site{clicks};
    site.view("/", 1);
    site.rows.commit();
    for (int again = 0; again < 2; ++again) {
        site.view("/", 10);
        CHECK(site.rows.rows_of("select * from busiest") == lines{"/|1"});
        site.rows.roll_back();
        CHECK(site.rows.rows_of("select * from busiest").empty());
    }
    site.view("/", 10);
    site.rows.commit();
    CHECK(site.rows.rows_of("select * from busiest") == lines{"/|1"});
}

TEST_CASE("windows: what is left far enough behind is removed, and nothing puts it back") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.keep_for(20s);
    visited_site site{clicks};
    site.view("/", 1, "a");
    site.view("/", 11, "b");
    site.view("/other", 1, "c");
    site.view("/", 30, "d");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ 10..20 closed 1 views, 1 ms: b", "/ 30..40 open 1 views, 1 ms: d"});
    CHECK(windows_of(site, clicks, "/other").size() == 1);
    site.view("/", 2, "e");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").size() == 2);
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) { CHECK(found.ignored() == 1); });
}

TEST_CASE("windows: they are kept as long as they take late events, whatever keep_for says") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.keep_for(1s).allow_late(20s);
    visited_site site{clicks};
    site.view("/", 1, "a");
    site.view("/", 29, "b");
    site.rows.commit();
    site.view("/", 2, "c");
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").front() == "/ 0..10 closed corrected 1 2 views, 2 ms: a c");
}

TEST_CASE("windows: an event from the future moves the watermark no further than it is trusted") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.trust_ahead(5s);
    visited_site site{clicks};
    site.recorded_at = second(100);
    site.view("/", 99'999);
    site.rows.commit();
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) {
        CHECK(found.watermark("/") == second(105));
        CHECK(found.find("/", second(99'990)));
    });
}

TEST_CASE("windows: an event without a key is in none of them, and moves no watermark") {
    window_projection<Clicks> clicks{"clicks", 1, tumbling{10s}};
    clicks.on(
        [](const PageViewed& event) {
            return event.page().empty() ? std::nullopt : std::optional<std::string>(event.page());
        },
        count_view);
    clicks.watermark_of(watermark_scope::global);
    visited_site site{clicks};
    site.view("/", 1);
    site.view("", 500);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/") == lines{"/ 0..10 open 1 views, 1 ms: v"});
}

TEST_CASE("windows: several kinds of events go into one document, with what is known of them") {
    auto clicks = clicks_in(tumbling{10s});
    clicks.on([](const LinkFollowed& event, const event_view&) { return std::string_view{event.from()}; },
              [](Clicks& into, const LinkFollowed&, const event_view& event) {
                  into.set_follows(into.follows() + event.position.value);
              });
    visited_site site{clicks};
    site.view("/", 1);
    LinkFollowed followed;
    followed.set_from("/");
    site.apply(followed, second(2));
    site.rows.commit();
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) {
        const auto here = found.find("/", second(0));
        REQUIRE(here);
        CHECK(here->document.views() == 1);
        CHECK(here->document.follows() == 2);
    });
}

TEST_CASE("windows: open and closed ones are listed by end and key") {
    auto clicks = clicks_in(tumbling{10s});
    visited_site site{clicks};
    site.view("/b", 1);
    site.view("/a", 1);
    site.view("/b", 12);
    site.view("/a", 5);
    site.rows.commit();
    lines open;
    lines closed;
    with_reader(site, clicks, [&](const foldline::windows<Clicks>& found) {
        found.open([&](const found_window<Clicks>& each) { open.push_back(line_of(each)); });
        found.closed([&](const found_window<Clicks>& each) { closed.push_back(line_of(each)); });
    });
    CHECK(open == lines{"/a 0..10 open 2 views, 2 ms: v v", "/b 10..20 open 1 views, 1 ms: v"});
    CHECK(closed == lines{"/b 0..10 closed 1 views, 1 ms: v"});
}

TEST_CASE("windows: a projection that failed half-way is driven on only after it was rolled back") {
    auto clicks = clicks_in(tumbling{10s});
    bool failing = true;
    clicks.on([](const LinkFollowed& event) { return event.from(); },
              [&](Clicks& into, const LinkFollowed&) {
                  into.set_follows(into.follows() + 1);
                  if (failing) throw std::runtime_error("no");
              });
    visited_site site{clicks};
    site.view("/", 1);
    LinkFollowed followed;
    followed.set_from("/");
    CHECK_THROWS_WITH(site.apply(followed, second(2)), "no");
    CHECK_THROWS_AS(site.view("/", 3), invalid_request);
    CHECK_THROWS_AS(site.rows.flush(), invalid_request);
    site.rows.roll_back();
    failing = false;
    site.view("/", 1);
    site.apply(followed, second(2));
    site.rows.commit();
    with_reader(site, clicks, [](const foldline::windows<Clicks>& found) {
        CHECK(found.find("/", second(0))->document.follows() == 1);
        CHECK(found.find("/", second(0))->document.views() == 1);
    });
}

TEST_CASE("windows: a projection may be called what SQL calls something else, and may be moved") {
    window_projection<Clicks> made{"order", 1, hopping{10s, 10s}};
    made.on([](const PageViewed& event) { return event.page(); }, count_view).keep_for(10s);
    made.watermark_of(watermark_scope::global);
    int closed = 0;
    made.on_closed([&](sql_session&, const std::string&, const window&, const Clicks&) { ++closed; });
    auto clicks = std::move(made);
    visited_site site{clicks};
    for (const int at : {1, 15, 30}) {
        site.view("/", at);
        site.rows.commit();
    }
    CHECK(closed == 2);
    CHECK(windows_of(site, clicks, "/") == lines{"/ 30..40 open 1 views, 1 ms: v"});
}

TEST_CASE("windows: those that make no sense are refused") {
    const auto make = [](hopping windows) { window_projection<Clicks>{"clicks", 1, windows}; };
    CHECK_THROWS_AS(make({0s, 1s}), definition_error);
    CHECK_THROWS_AS(make({10s, 0s}), definition_error);
    CHECK_THROWS_AS(make({10s, 11s}), definition_error);
    CHECK_THROWS_AS(make({10h, 1s}), definition_error);
    CHECK_THROWS_AS((window_projection<Clicks>{"Clicks", 1, tumbling{1s}}), definition_error);
    CHECK_THROWS_AS((window_projection<Clicks>{"clicks", 0, tumbling{1s}}), definition_error);
    CHECK_THROWS_AS((window_projection<Clicks>{"rm_clicks", 1, tumbling{1s}}), definition_error);
    auto clicks = clicks_in(tumbling{10s});
    CHECK_THROWS_AS(clicks.watermark_lags(-1s), definition_error);
    CHECK_THROWS_AS(clicks.table("clicks_late", "create table clicks_late (a)"), definition_error);
    CHECK_THROWS_AS(clicks.on([](const PageViewed& event) { return event.page(); }, count_view), definition_error);
}

TEST_CASE("windows: an event that occurred beyond all reason fails, and nothing else does") {
    auto clicks = clicks_in(tumbling{10s});
    visited_site site{clicks};
    for (const timestamp when : {timestamp::max(), timestamp::min()}) {
        event_view event;
        event.occurred_at = when;
        CHECK_THROWS_AS(site.rows.apply(viewed("/"), event), invalid_request);
        site.rows.roll_back();
    }
    site.view("/", 1);
    site.rows.commit();
    CHECK(windows_of(site, clicks, "/").size() == 1);
}

TEST_CASE("windows: other rules are another definition") {
    const auto definition = [](const window_projection<Clicks>& clicks) {
        std::string all;
        for (const read_model_table& table : clicks.tables()) all += table.create;
        return all;
    };
    const std::string plain = definition(clicks_in(tumbling{10s}));
    CHECK(plain == definition(clicks_in(hopping{10s, 10s})));
    CHECK(plain != definition(clicks_in(hopping{10s, 5s})));
    CHECK(plain != definition(clicks_in(tumbling{10s, 1s})));
    CHECK(plain != definition(clicks_in(tumbling{10s}).watermark_lags(1s)));
    CHECK(plain != definition(clicks_in(tumbling{10s}).allow_late(1s)));
    CHECK(plain != definition(clicks_in(tumbling{10s}).keep_for(1s)));
    CHECK(plain != definition(clicks_in(tumbling{10s}).trust_ahead(1s)));
    CHECK(plain != definition(clicks_in(tumbling{10s}).late_events(late::set_aside)));
    CHECK(plain != definition(clicks_in(tumbling{10s}).watermark_of(watermark_scope::global)));
}
