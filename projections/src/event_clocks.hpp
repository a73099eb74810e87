#pragma once

#include "window_rows.hpp"

#include <foldline/projections/detail/window_rules.hpp>

#include <map>

namespace foldline::inline v0::detail {

/// How far event time has come for one key, or for all.
struct event_clock {
    std::optional<timestamp> watermark;
    std::int64_t ignored = 0;
    bool changed = false;
};

/// The watermarks that a transaction has to do with, and what is late by them.
///
/// confined.
class event_clocks {
public:
    explicit event_clocks(const window_rules& rules);

    /// The key that an event's watermark goes by.
    [[nodiscard]] const std::string& scope_of(const std::string& key) const;
    /// Stays where it is until `forget`.
    [[nodiscard]] event_clock& of(const std::string& scope, sql_session& rows);

    /// Does with an event what its fate is in a window that does not take it.
    void leave_out(fate why, event_clock& clock, const std::string& key, const window& when, const event_view& event,
                   sql_session& rows);

    void flush(sql_session& rows);
    void forget(bool committed);

private:
    const window_rules& rules_;
    std::string find_, write_, set_aside_;
    std::map<std::string, event_clock, std::less<>> clocks_;
    own_rows own_;
};

/// Lets nothing through after something has failed half-way, until it was rolled back: what is held would be wrong.
///
/// confined.
class whole_or_nothing {
public:
    template <class Work>
    void operator()(const window_rules& rules, Work work) {
        if (half_done_) throw_half_done(rules);
        half_done_ = true;
        work();
        half_done_ = false;
    }
    void forget() { half_done_ = false; }

private:
    [[noreturn]] static void throw_half_done(const window_rules& rules);
    bool half_done_ = false;
};

}  // namespace foldline::inline v0::detail
