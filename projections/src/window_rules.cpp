// The rules of event time, as functions of what a projection was told.
//
// The ideas are those of the Dataflow model (Akidau et al., 2015) as Apache Beam and Apache Flink have them: windows over
// event time, a watermark that says how complete it is, an allowed lateness behind it. Here a watermark is a bound on
// disorder (Flink's `BoundedOutOfOrdernessWatermarks`), without its millisecond: it is the instant before which no
// event is expected any more, and a window [start, end) closes when the watermark comes to its end.
#include <foldline/projections/detail/window_rules.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>
#include <foldline/projections/sql_projection.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0 {

std::string_view to_string(late choice) {
    switch (choice) {
        case late::corrected: return "corrected";
        case late::set_aside: return "set aside";
        case late::ignored_and_counted: return "ignored and counted";
    }
    return "?";
}

std::string_view to_string(watermark_scope scope) { return scope == watermark_scope::global ? "global" : "per key"; }

namespace detail {
namespace {

using std::chrono::microseconds;

// A time and the few durations that are added to it stay far from the ends of 64 bits.
constexpr microseconds longest{std::int64_t{1} << 58};
constexpr timestamp latest{microseconds{std::int64_t{1} << 61}};
constexpr int most_windows_of_an_event = 1000;

void require_windows(const window_rules& rules) {
    if (rules.size <= microseconds{0} || rules.size > longest)
        throw definition_error(
            fmt::format("projection {}: a window cannot be {} microseconds long", rules.name, rules.size.count()));
}

void require_time(const window_rules& rules, timestamp time) {
    if (!is_in_reach(time))
        throw invalid_request(
            fmt::format("projection {}: the event says that it occurred at {} microseconds, which is "
                        "no time that windows reach to",
                        rules.name, time.time_since_epoch().count()));
}

window_rules rules_of(std::string name, std::uint32_t version, microseconds size) {
    window_rules rules;
    rules.name = std::move(name);
    rules.version = version;
    rules.size = size;
    require_windows(rules);
    return rules;
}

/// The last multiple of `step`, counted from `offset`, that is not after `time`; also before 1970, where division rounds
/// the other way.
timestamp floor_to(timestamp time, microseconds step, microseconds offset) {
    const microseconds since = (time - offset).time_since_epoch();
    const microseconds rest = since % step;
    return time - (rest < microseconds{0} ? rest + step : rest);
}

std::string optional_text(const std::optional<microseconds>& time) {
    return time ? fmt::format("{} us", time->count()) : std::string("no end");
}

/// All that decides which events are in which window, for the definition.
std::string text_of(const window_rules& rules) {
    return fmt::format(
        "size {} us, every {} us, offset {} us, watermark {} less {} us, at most {} ahead, late by {} us are {}, kept "
        "{}",
        rules.size.count(), rules.every.count(), rules.offset.count(), to_string(rules.scope), rules.lag.count(),
        optional_text(rules.most_ahead), rules.lateness.count(), to_string(rules.beyond), optional_text(rules.keep));
}

read_model_table watermark_table(const window_rules& rules) {
    const std::string name = rules.name + "_watermark";
    return {name, fmt::format(R"(create table "{}" (
    key text primary key,
    watermark integer not null,
    ignored integer not null
) strict, without rowid)",
                              name)};
}

read_model_table late_table(const window_rules& rules) {
    // The name of the constraint does nothing but to make the rules a part of the definition.
    const std::string name = rules.name + "_late";
    return {name, fmt::format(R"(create table "{}" (
    position integer not null,
    part integer not null,
    stream text not null,
    key text not null,
    occurred_at integer not null,
    "start" integer not null,
    "end" integer constraint "{}" not null,
    primary key (position, part, "start")
) strict, without rowid)",
                              name, text_of(rules))};
}

}  // namespace

window_rules rules_of(std::string name, std::uint32_t version, hopping windows) {
    window_rules rules = rules_of(std::move(name), version, windows.size);
    if (windows.every <= microseconds{0} || windows.every > windows.size)
        throw definition_error(fmt::format(
            "projection {}: windows of {} microseconds, one every {}, leave gaps; `every` is more than 0 and "
            "no more than `size`",
            rules.name, windows.size.count(), windows.every.count()));
    if (windows.size / windows.every > most_windows_of_an_event)
        throw definition_error(
            fmt::format("projection {}: each event would be in more than {} windows; let one begin "
                        "less often, or use a sliding_projection",
                        rules.name, most_windows_of_an_event));
    rules.every = windows.every;
    rules.offset = windows.offset % windows.every;
    return rules;
}

window_rules rules_of(std::string name, std::uint32_t version, sliding windows) {
    return rules_of(std::move(name), version, windows.size);
}

microseconds required_duration(const window_rules& rules, std::string_view what, microseconds given) {
    if (given < microseconds{0} || given > longest)
        throw definition_error(
            fmt::format("projection {}: {} of {} microseconds makes no sense", rules.name, what, given.count()));
    return given;
}

std::string content_of(const google::protobuf::Message& document) {
    const google::protobuf::Descriptor& type = *document.GetDescriptor();
    return fmt::format("{}, fields {:016x}", type.full_name(), fingerprint_of(type));
}

bool is_in_reach(timestamp time) { return time <= latest && time.time_since_epoch() >= -latest.time_since_epoch(); }

void require_one_handler(const window_rules& rules, const std::vector<projected_event>& known, event_type type) {
    for (const projected_event& each : known)
        if (each.type == type)
            throw definition_error(fmt::format("projection {} handles {} twice; one handler does all of it", rules.name,
                                               type.to_string()));
}

void each_window_of(const window_rules& rules, timestamp time, function_ref<void(const window&)> sink) {
    require_time(rules, time);
    const timestamp last = floor_to(time, rules.every, rules.offset);
    const timestamp first = floor_to(time - rules.size, rules.every, rules.offset) + rules.every;
    for (timestamp start = first; start <= last; start += rules.every) sink({start, start + rules.size});
}

timestamp moved_watermark(const window_rules& rules, std::optional<timestamp> before, const event_view& event) {
    require_time(rules, event.occurred_at);
    timestamp seen = event.occurred_at;
    if (rules.most_ahead) {
        require_time(rules, event.recorded_at);
        seen = std::min(seen, event.recorded_at + *rules.most_ahead);
    }
    return before ? std::max(*before, seen - rules.lag) : seen - rules.lag;
}

fate fate_of(const window_rules& rules, timestamp closes, std::optional<timestamp> removed, timestamp watermark) {
    if (watermark < closes + rules.lateness) return fate::taken;
    if (rules.beyond == late::set_aside) return fate::set_aside;
    const bool is_there = !removed || watermark < *removed;
    return rules.beyond == late::corrected && is_there ? fate::taken : fate::ignored;
}

std::optional<microseconds> kept_behind(const window_rules& rules) {
    if (!rules.keep) return rules.every == microseconds{0} ? std::optional(rules.lateness) : std::nullopt;
    return std::max(*rules.keep, rules.lateness);
}

std::vector<read_model_table> with_common_tables(const window_rules& rules, std::vector<read_model_table> kept,
                                                 const std::vector<read_model_table>& own) {
    // Its checks are those that the tables of every projection are to pass.
    sql_projection checked{rules.name, rules.version};
    for (read_model_table& table : kept) checked.table(std::move(table.name), std::move(table.create));
    for (const read_model_table& table : {watermark_table(rules), late_table(rules)})
        checked.table(table.name, table.create);
    for (const read_model_table& table : own) checked.table(table.name, table.create);
    return {checked.tables().begin(), checked.tables().end()};
}

}  // namespace detail
}  // namespace foldline::inline v0
