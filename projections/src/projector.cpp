#include <foldline/projections/projector.hpp>

#include "projector_parts.hpp"

#include <foldline/eventstore/system_clock.hpp>

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr std::uint64_t turns_between_looks = 64;  // so that partitions that others left are found under load too

const clock& system_time() {
    static const system_clock time;
    return time;
}
const monotonic_clock& system_ticks() {
    static const system_monotonic_clock ticks;
    return ticks;
}

}  // namespace

projector::parts::parts(const event_store& events, projector_options given)
    : store(events),
      options(std::move(given)),
      time(options.time ? *options.time : system_time()),
      ticks(options.ticks ? *options.ticks : system_ticks()),
      lines(store, options),
      routes(store) {}

bool projector::parts::run_batch() {
    if (std::exchange(all_stopped, false)) lines.start_over();
    const auto now = ticks.now();
    if (turns % turns_between_looks == 0) lines.look_again();
    lines.look(now);
    const global_position head = store.head();
    group together = next_group(head);
    if (together.empty()) {
        // Nothing to do, it seems. But a rebuild may have put rows elsewhere, so the files have the last word; to read
        // them takes no write transaction.
        lines.look_again();
        lines.look(now);
        together = next_group(head);
    }
    if (together.empty()) {
        for (const auto& line : lines.all())
            if (line->position == head) line->progress = now;
    } else {
        run(together);
    }
    publish();
    throw_if_all_stopped();
    return std::any_of(lines.all().begin(), lines.all().end(),
                       [&](const auto& line) { return can_work(*line, store.head()); });
}

void projector::parts::catch_up() {
    // To where the store ends now: one that is written faster than it is read would keep the caller for ever.
    const global_position head = store.head();
    impatient = true;
    lines.start_over();  // whoever calls this wants it tried again
    const auto is_behind = [&](const auto& line) { return can_work(*line, head); };
    try {
        bool more = run_batch();
        while (more && std::any_of(lines.all().begin(), lines.all().end(), is_behind)) more = run_batch();
    } catch (...) {
        impatient = false;
        throw;
    }
    impatient = false;
    for (const auto& line : lines.all())
        if (line->stopped) std::rethrow_exception(line->stopped);
    for (const projected& each : lines.projections())
        if (each.refused) std::rethrow_exception(each.refused);
}

bool projector::parts::can_work(const projection_line& line, global_position head) const {
    if (line.stopped || line.paused || line.elsewhere || lines.projections()[line.of].refused) return false;
    if (lines.all().empty() || line.position >= head) return false;
    return impatient || !line.is_waiting(ticks.now()) || (line.failing && !line.in_front);
}

projector::parts::group projector::parts::next_group(global_position head) {
    group able;
    for (const auto& line : lines.all())
        if (can_work(*line, head)) able.push_back(line.get());
    std::sort(able.begin(), able.end(), [](const auto* one, const auto* other) { return one->turn < other->turn; });
    group together;
    for (projection_line* line : able) {
        // The claim may say another position than the one that was read.
        const bool joins = together.empty() || (!together.front()->goes_alone() && !line->goes_alone() &&
                                                line->position == together.front()->position);
        if (!joins || !lines.has_claim(*line)) continue;
        if (line->position >= head) continue;
        if (together.empty() || line->position == together.front()->position) together.push_back(line);
    }
    return together;
}

global_position projector::parts::end_for(const group& together) const {
    const projection_line& first = *together.front();
    if (first.failing) return global_position{first.failing->position.value - 1};
    // Where others stand, so that from there on they go together.
    global_position end = no_end;
    for (const auto& line : lines.all())
        if (!line->goes_alone() && !line->stopped && line->position > first.position)
            end = std::min(end, line->position);
    return end;
}

void projector::parts::throw_if_all_stopped() {
    const std::exception_ptr why = lines.why_all_stopped();
    if (!why) return;
    all_stopped = true;
    std::rethrow_exception(why);
}

projector::projector(const event_store& store, projector_options options)
    : parts_(std::make_unique<parts>(store, std::move(options))) {}

projector::projector(const event_store& store, read_model_store& models, projection& projection,
                     projector_options options)
    : projector(store, std::move(options)) {
    add(projection, models);
}

projector::~projector() = default;

projector& projector::add(projection& projection, read_model_store& models, std::optional<error_policy> on_failure) {
    parts_->lines.add(projection, models, on_failure ? *on_failure : parts_->options.on_failure);
    parts_->routes.add(projection);
    parts_->publish();
    return *this;
}

void projector::work_on(std::vector<partition_claim> claims) { parts_->lines.assign(std::move(claims)); }

bool projector::run_batch() { return parts_->run_batch(); }

void projector::catch_up() { parts_->catch_up(); }

std::optional<std::chrono::nanoseconds> projector::next_retry() const {
    std::optional<std::chrono::nanoseconds> soonest;
    const auto now = parts_->ticks.now();
    for (const auto& line : parts_->lines.all()) {
        if (!line->due || line->stopped || line->paused) continue;
        const auto left = std::max(std::chrono::nanoseconds{}, *line->due - now);
        soonest = soonest ? std::min(*soonest, left) : left;
    }
    return soonest;
}

global_position projector::position() const {
    return parts_->shown.with([](const auto& all) {
        std::optional<global_position> furthest_behind;
        for (const auto& each : all)
            if (each.has_line || each.status.doing != activity::elsewhere)
                furthest_behind =
                    furthest_behind ? std::min(*furthest_behind, each.status.position) : each.status.position;
        return furthest_behind.value_or(global_position{});
    });
}

std::vector<projection_status> projector::status() const {
    const auto known = parts_->shown.with([](const auto& all) { return all; });
    std::vector<projection_status> all;
    for (const auto& each : known) all.push_back(parts_->status_of(each));
    return all;
}

}  // namespace foldline::inline v0
