#include "event_clocks.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::detail {
namespace {

const std::string for_all_keys;

}  // namespace

event_clocks::event_clocks(const window_rules& rules)
    : rules_(rules),
      find_(fmt::format(R"(select watermark, ignored from "{}_watermark" where key = ?1)", rules.name)),
      write_(fmt::format(R"(insert into "{}_watermark" (key, watermark, ignored) values (?1, ?2, ?3)
    on conflict (key) do update set watermark = excluded.watermark, ignored = excluded.ignored)",
                         rules.name)),
      set_aside_(fmt::format(R"(insert into "{}_late" (position, part, stream, key, occurred_at, "start", "end")
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7))",
                             rules.name)) {}

const std::string& event_clocks::scope_of(const std::string& key) const {
    return rules_.scope == watermark_scope::global ? for_all_keys : key;
}

event_clock& event_clocks::of(const std::string& scope, sql_session& rows) {
    const auto known = clocks_.find(scope);
    if (known != clocks_.end()) return known->second;
    event_clock found;
    own_.each(
        rows, find_,
        [&](const sql_row& row) {
            found.watermark = time_of(row, 0);
            found.ignored = row.integer(1);
        },
        scope);
    return clocks_.emplace(scope, found).first->second;
}

void event_clocks::leave_out(fate why, event_clock& clock, const std::string& key, const window& when,
                             const event_view& event, sql_session& rows) {
    if (why == fate::ignored) {
        ++clock.ignored;
        clock.changed = true;
        return;
    }
    rows.execute(set_aside_, event.position.value, event.part, event.stream.to_string(), key, event.occurred_at,
                 when.start, when.end);
}

void event_clocks::flush(sql_session& rows) {
    for (auto& [scope, clock] : clocks_) {
        if (!clock.changed) continue;
        own_.changed();
        rows.execute(write_, scope, *clock.watermark, clock.ignored);
        clock.changed = false;
    }
}

void event_clocks::forget(bool committed) {
    clocks_.clear();
    own_.ended(committed);
}

void whole_or_nothing::throw_half_done(const window_rules& rules) {
    throw invalid_request(
        fmt::format("projection {} failed at an event, and was driven on; call `rolled_back` first, "
                    "with what it did since the last `committed` undone",
                    rules.name));
}

}  // namespace foldline::inline v0::detail
