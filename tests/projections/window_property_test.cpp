// Random visits, projected in random batches, flushed and rolled back in between: whatever the cuts, the rows and the
// calls of hooks are those of a plain model that keeps every visit and counts from the first again and again.

#include "support/visits.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <tuple>

namespace window_property {

using namespace foldline;
using namespace foldline_tests;
using std::chrono::microseconds;
using lines = std::vector<std::string>;

struct visit {
    int page;
    int at;     ///< microseconds
    int ahead;  ///< of when it was recorded
};
struct plan {
    int size, every, offset, lag, lateness;
    int keep;   ///< -1: for ever
    int trust;  ///< -1: without end
    late beyond;
    watermark_scope scope;

    [[nodiscard]] int kept(int unless_said) const { return keep < 0 ? unless_said : std::max(keep, lateness); }
};
/// What is done behind a visit.
enum class cut { none, flush, commit, roll_back };

std::ostream& operator<<(std::ostream& out, const visit& one) {
    return out << "page " << one.page << " at " << one.at << " (" << one.ahead << ")";
}
std::ostream& operator<<(std::ostream& out, const plan& one) {
    return out << "size " << one.size << " every " << one.every << " offset " << one.offset << " lag " << one.lag
               << " lateness " << one.lateness << " keep " << one.keep << " trust " << one.trust << " "
               << to_string(one.beyond) << " " << to_string(one.scope);
}
std::ostream& operator<<(std::ostream& out, cut one) { return out << static_cast<int>(one); }

rc::Gen<plan> any_plan() {
    return rc::gen::exec([] {
        plan made{};
        made.size = *rc::gen::inRange(1, 30);
        made.every = *rc::gen::oneOf(rc::gen::just(made.size), rc::gen::inRange(1, made.size + 1));
        made.offset = *rc::gen::inRange(-20, 20);
        made.lag = *rc::gen::inRange(0, 20);
        made.lateness = *rc::gen::oneOf(rc::gen::just(0), rc::gen::inRange(0, 30));
        made.keep = *rc::gen::oneOf(rc::gen::just(-1), rc::gen::inRange(0, 30));
        made.trust = *rc::gen::oneOf(rc::gen::just(-1), rc::gen::inRange(0, 20));
        made.beyond = *rc::gen::element(late::corrected, late::set_aside, late::ignored_and_counted);
        made.scope = *rc::gen::element(watermark_scope::per_key, watermark_scope::global);
        return made;
    });
}
/// Later and later, with steps back.
rc::Gen<std::vector<visit>> any_visits() {
    return rc::gen::exec([] {
        const auto raw = *rc::gen::container<std::vector<std::tuple<int, int, int, int>>>(rc::gen::tuple(
            rc::gen::inRange(0, 3), rc::gen::inRange(0, 8), rc::gen::inRange(0, 40), rc::gen::inRange(0, 30)));
        std::vector<visit> visits;
        int now = -50;
        for (const auto& [page, step, back, ahead] : raw) {
            now += step;
            visits.push_back({page, now - (back > 25 ? 4 * back : back % 4), ahead});
        }
        return visits;
    });
}

std::string page_name(int page) { return "/" + std::to_string(page); }
std::string visitor_name(std::size_t number) { return "v" + std::to_string(number); }

std::string text_of_visits(const std::vector<std::size_t>& visits) {
    Clicks clicks;
    for (const std::size_t each : visits) count_view(clicks, viewed("", visitor_name(each)));
    return text_of(clicks);
}
std::string text_of_time(timestamp time) { return std::to_string(time.time_since_epoch().count()); }

/// What rows and hooks say, in words.
struct outcome {
    lines windows, journal, late;
    std::map<std::string, int> watermarks;
    std::uint64_t ignored = 0;
    friend bool operator==(const outcome&, const outcome&) = default;
};
void show(const lines& all, std::ostream& out) {
    for (const std::string& each : all) out << "    " << each << "\n";
}
std::ostream& operator<<(std::ostream& out, const outcome& one) {
    out << "\n  windows\n";
    show(one.windows, out);
    out << "  journal\n";
    show(one.journal, out);
    out << "  late\n";
    show(one.late, out);
    for (const auto& [scope, watermark] : one.watermarks) out << "  watermark " << scope << " " << watermark << "\n";
    return out << "  ignored " << one.ignored << "\n";
}

// The model.

/// How far time has come after the first `count` visits, for what shares a watermark with `page`.
std::optional<int> watermark_of(const plan& rules, const std::vector<visit>& visits, std::size_t count, int page) {
    std::optional<int> latest;
    for (std::size_t i = 0; i < count; ++i) {
        if (rules.scope == watermark_scope::per_key && visits[i].page != page) continue;
        const int recorded = visits[i].at - visits[i].ahead;
        const int seen = rules.trust < 0 ? visits[i].at : std::min(visits[i].at, recorded + rules.trust);
        latest = std::max(latest.value_or(seen - rules.lag), seen - rules.lag);
    }
    return latest;
}
bool is_start(const plan& rules, int start) {
    for (int known = rules.offset - 40 * 30 * rules.every; known <= start; known += rules.every)
        if (known == start) return true;
    return false;
}
std::string late_line(std::size_t number, const visit& event, int start, int end) {
    return std::to_string(number + 1) + " " + page_name(event.page) + " " + std::to_string(event.at) + " " +
           std::to_string(start) + ".." + std::to_string(end);
}
void note_watermarks(outcome& found, const plan& rules, const std::vector<visit>& visits) {
    for (const visit& each : visits)
        found.watermarks[page_name(each.page)] = *watermark_of(rules, visits, visits.size(), each.page);
}

struct model_window {
    std::vector<std::size_t> visits;
    bool closed = false;
    int corrections = 0;
};

outcome model_of(const plan& rules, const std::vector<visit>& visits) {
    outcome found;
    std::map<std::tuple<int, std::string, int>, model_window> windows;  // by end, key and page
    const auto note = [&](const char* what, int end, int page, const model_window& each) {
        found.journal.push_back(std::string(what) + " " + page_name(page) + " " + std::to_string(end) + " " +
                                text_of_visits(each.visits));
    };
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const visit& event = visits[i];
        const int watermark = *watermark_of(rules, visits, i + 1, event.page);
        for (int start = event.at - rules.size + 1; start <= event.at; ++start) {
            if (!is_start(rules, start)) continue;
            const int end = start + rules.size;
            const bool in_time = watermark < end + rules.lateness;
            const bool removed = rules.keep >= 0 && watermark >= end + rules.kept(0);
            if (!in_time && rules.beyond == late::set_aside) {
                found.late.push_back(late_line(i, event, start, end));
                continue;
            }
            if (!in_time && (rules.beyond != late::corrected || removed)) {
                ++found.ignored;
                continue;
            }
            model_window& into = windows[{end, page_name(event.page), event.page}];
            into.visits.push_back(i);
            if (into.closed) {
                ++into.corrections;
                note("corrected", end, event.page, into);
            } else if (watermark >= end) {
                into.closed = true;
                note("closed", end, event.page, into);
            }
        }
        for (auto& [place, each] : windows) {
            const auto& [end, key, page] = place;
            const auto now = watermark_of(rules, visits, i + 1, page);
            if (each.closed || !now || *now < end) continue;
            each.closed = true;
            note("closed", end, page, each);
        }
    }
    for (const auto& [place, each] : windows) {
        const auto& [end, key, page] = place;
        if (rules.keep >= 0 && *watermark_of(rules, visits, visits.size(), page) >= end + rules.kept(0)) continue;
        found.windows.push_back(key + " " + std::to_string(end) + (each.closed ? " closed " : " open ") +
                                std::to_string(each.corrections) + " " + text_of_visits(each.visits));
    }
    std::sort(found.windows.begin(), found.windows.end());
    note_watermarks(found, rules, visits);
    return found;
}

outcome sliding_model_of(const plan& rules, const std::vector<visit>& visits) {
    outcome found;
    std::vector<std::size_t> taken;
    const auto window_at = [&](int page, int end) {
        std::vector<std::size_t> inside;
        for (const std::size_t each : taken)
            if (visits[each].page == page && visits[each].at > end - rules.size && visits[each].at <= end)
                inside.push_back(each);
        std::stable_sort(inside.begin(), inside.end(),
                         [&](std::size_t a, std::size_t b) { return visits[a].at < visits[b].at; });
        return inside;
    };
    const int kept = rules.kept(rules.lateness);
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const visit& event = visits[i];
        const int watermark = *watermark_of(rules, visits, i + 1, event.page);
        const bool in_time = watermark <= event.at + rules.lateness;
        if (!in_time && rules.beyond == late::set_aside) {
            found.late.push_back(late_line(i, event, event.at - rules.size, event.at));
            continue;
        }
        if (!in_time && (rules.beyond != late::corrected || watermark >= event.at + rules.size + kept)) {
            ++found.ignored;
            continue;
        }
        taken.push_back(i);
        std::set<int> ends;
        for (const std::size_t each : taken)
            if (visits[each].page == event.page && visits[each].at >= event.at &&
                visits[each].at < event.at + rules.size && watermark <= visits[each].at + kept)
                ends.insert(visits[each].at);
        for (const int end : ends)
            found.journal.push_back(page_name(event.page) + " " + std::to_string(end) + " " +
                                    text_of_visits(window_at(event.page, end)));
    }
    for (int page = 0; page < 3; ++page)
        for (int end = -250; end < 400; ++end) {
            const auto watermark = watermark_of(rules, visits, visits.size(), page);
            const auto inside = window_at(page, end);
            if (!inside.empty() && *watermark <= end + kept)
                found.windows.push_back(page_name(page) + " " + std::to_string(end) + " " + text_of_visits(inside));
        }
    note_watermarks(found, rules, visits);
    return found;
}

// What is tested.

template <class Projection>
void follow(Projection& clicks, const plan& rules) {
    clicks.on([](const PageViewed& event) { return event.page(); }, count_view);
    clicks.watermark_lags(microseconds{rules.lag}).allow_late(microseconds{rules.lateness});
    clicks.late_events(rules.beyond).watermark_of(rules.scope);
    if (rules.keep >= 0) clicks.keep_for(microseconds{rules.keep});
    if (rules.trust >= 0) clicks.trust_ahead(microseconds{rules.trust});
    clicks.table("journal", "create table journal (number integer primary key, line text not null) strict");
}
void write_line(sql_session& rows, const std::string& line) {
    rows.execute("insert into journal (line) values (?1)", line);
}

window_projection<Clicks> clicks_by(const plan& rules) {
    window_projection<Clicks> clicks{
        "clicks", 1, hopping{microseconds{rules.size}, microseconds{rules.every}, microseconds{rules.offset}}};
    follow(clicks, rules);
    const auto line = [](const char* what, const std::string& key, const window& when, const Clicks& document) {
        return std::string(what) + " " + key + " " + text_of_time(when.end) + " " + text_of(document);
    };
    clicks.on_closed([=](sql_session& rows, const std::string& key, const window& when, const Clicks& document) {
        write_line(rows, line("closed", key, when, document));
    });
    clicks.on_corrected([=](sql_session& rows, const std::string& key, const window& when, const Clicks& document) {
        write_line(rows, line("corrected", key, when, document));
    });
    return clicks;
}

sliding_projection<Clicks> sliding_by(const plan& rules) {
    sliding_projection<Clicks> clicks{"clicks", 1, sliding{microseconds{rules.size}},
                                      [](Clicks& into, const Clicks& part) {
                                          into.set_views(into.views() + part.views());
                                          into.set_milliseconds(into.milliseconds() + part.milliseconds());
                                          into.mutable_visitors()->MergeFrom(part.visitors());
                                      }};
    follow(clicks, rules);
    clicks.on_change([](sql_session& rows, const std::string& key, timestamp at, const Clicks& document) {
        write_line(rows, key + " " + text_of_time(at) + " " + text_of(document));
    });
    return clicks;
}

void apply(visited_site& site, const std::vector<visit>& visits, std::size_t number) {
    const visit& event = visits[number];
    const timestamp at{microseconds{event.at}};
    site.position = global_position{static_cast<std::int64_t>(number)};
    site.recorded_at = at - microseconds{event.ahead};
    site.apply(viewed(page_name(event.page), visitor_name(number)), at);
}

/// Everything up to the last commit stays; what was rolled back is done again.
void project(visited_site& site, const std::vector<visit>& visits, const std::vector<cut>& cuts) {
    std::size_t committed = 0;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        apply(site, visits, i);
        switch (i < cuts.size() ? cuts[i] : cut::none) {
            case cut::none: break;
            case cut::flush: site.rows.flush(); break;
            case cut::commit:
                site.rows.commit();
                committed = i + 1;
                break;
            case cut::roll_back:
                site.rows.roll_back();
                for (std::size_t again = committed; again <= i; ++again) apply(site, visits, again);
        }
    }
    site.rows.commit();
}

template <class Reader>
void read_common(visited_site& site, const Reader& reader, const std::vector<visit>& visits, outcome& found) {
    reader.late([&](const late_event& each) {
        found.late.push_back(std::to_string(each.position.value) + " " + each.key + " " +
                             text_of_time(each.occurred_at) + " " + text_of_time(each.missed.start) + ".." +
                             text_of_time(each.missed.end));
    });
    for (const visit& each : visits)
        found.watermarks[page_name(each.page)] =
            static_cast<int>(reader.watermark(page_name(each.page))->time_since_epoch().count());
    found.ignored = reader.ignored();
    found.journal = site.rows.rows_of("select line from journal order by number");
}

outcome outcome_of(visited_site& site, const window_projection<Clicks>& clicks, const std::vector<visit>& visits) {
    outcome found;
    site.rows.with_rows([&](sql_session& rows) {
        const foldline::windows<Clicks> reader{rows, clicks};
        read_common(site, reader, visits, found);
        const auto note = [&](const found_window<Clicks>& each) {
            found.windows.push_back(each.key + " " + text_of_time(each.when.end) +
                                    (each.closed ? " closed " : " open ") + std::to_string(each.corrections) + " " +
                                    text_of(each.document));
        };
        reader.open(note);
        reader.closed(note);
    });
    std::sort(found.windows.begin(), found.windows.end());
    return found;
}

outcome outcome_of(visited_site& site, const sliding_projection<Clicks>& clicks, const std::vector<visit>& visits) {
    outcome found;
    site.rows.with_rows([&](sql_session& rows) {
        const sliding_windows<Clicks> reader{rows, clicks};
        read_common(site, reader, visits, found);
        for (int page = 0; page < 3; ++page)
            for (int end = -250; end < 400; ++end)
                if (const auto each = reader.at(page_name(page), timestamp{microseconds{end}}))
                    found.windows.push_back(page_name(page) + " " + std::to_string(end) + " " + text_of(*each));
    });
    return found;
}

rc::Gen<std::vector<cut>> any_cuts() {
    return rc::gen::container<std::vector<cut>>(
        rc::gen::weightedElement<cut>({{6, cut::none}, {2, cut::commit}, {1, cut::flush}, {1, cut::roll_back}}));
}

template <class Make, class Model>
void require_model(const char* name, Make make, Model model) {
    outcome seen;  // of all cases together: a property of nothing would always hold
    const bool agrees = rc::check(name, [&] {
        const plan rules = *any_plan().as("plan");
        const auto visits = *any_visits().as("visits");
        const auto cuts = *any_cuts().as("cuts");
        auto clicks = make(rules);
        visited_site site{clicks};
        project(site, visits, cuts);
        const outcome found = outcome_of(site, clicks, visits);
        const outcome expected = model(rules, visits);
        RC_ASSERT(found == expected);

        auto clicks_at_one_go = make(rules);
        visited_site at_one_go{clicks_at_one_go};
        project(at_one_go, visits, {});
        RC_ASSERT(site.rows.everything() == at_one_go.rows.everything());

        seen.late.insert(seen.late.end(), found.late.begin(), found.late.end());
        seen.journal.insert(seen.journal.end(), found.journal.begin(), found.journal.end());
        seen.ignored += found.ignored;
    });
    REQUIRE(agrees);
    CHECK(seen.late.size() > 5);
    CHECK(seen.journal.size() > 50);
    CHECK(seen.ignored > 5);
}

}  // namespace window_property

TEST_CASE("windows: rows and hooks do not depend on where batches end, and are those of a plain model") {
    using namespace window_property;
    require_model("windows", clicks_by, model_of);
}

TEST_CASE("sliding windows: rows and hooks do not depend on where batches end, and are those of a plain model") {
    using namespace window_property;
    require_model("sliding windows", sliding_by, sliding_model_of);
}

TEST_CASE("windows: disorder within the lag is no disorder") {
    using namespace window_property;
    CHECK(rc::check("bounded disorder", [] {
        plan rules = *any_plan().as("plan");
        rules.trust = -1;
        auto in_order = *any_visits().as("visits");
        std::stable_sort(in_order.begin(), in_order.end(), [](const visit& a, const visit& b) { return a.at < b.at; });

        // Each is held up by `lag` at most, so that none comes behind one that is younger by more than that.
        std::vector<std::pair<int, visit>> held_up;
        for (const visit& each : in_order) held_up.emplace_back(each.at + *rc::gen::inRange(0, rules.lag + 1), each);
        std::stable_sort(held_up.begin(), held_up.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        std::vector<visit> shuffled;
        for (const auto& [when, each] : held_up) shuffled.push_back(each);

        const auto counts = [&](const std::vector<visit>& visits) {
            auto clicks = clicks_by(rules);
            visited_site site{clicks};
            project(site, visits, {});
            lines found;
            site.rows.with_rows([&](sql_session& rows) {
                const foldline::windows<Clicks> reader{rows, clicks};
                const auto note = [&](const found_window<Clicks>& each) {
                    RC_ASSERT(each.corrections == 0U);
                    found.push_back(each.key + " " + text_of_time(each.when.end) + " " +
                                    (each.closed ? "closed " : "open ") + std::to_string(each.document.views()));
                };
                reader.open(note);
                reader.closed(note);
                RC_ASSERT(reader.ignored() == 0U);
                reader.late([](const late_event&) { RC_FAIL("none is late"); });
            });
            std::sort(found.begin(), found.end());
            return found;
        };
        RC_ASSERT(counts(shuffled) == counts(in_order));
    }));
}
