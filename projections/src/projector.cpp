#include <foldline/projections/projector.hpp>

#include "event_routes.hpp"
#include "projection_lines.hpp"
#include "read_ahead.hpp"
#include "shared_batch.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/guarded.hpp>
#include <foldline/eventstore/system_clock.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr std::uint64_t turns_between_looks = 64;  // so that partitions that others left are found under load too
constexpr double weight_of_last_batch = 0.2;
constexpr global_position no_end{std::numeric_limits<std::int64_t>::max() - 1};

const clock& system_time() {
    static const system_clock time;
    return time;
}
const monotonic_clock& system_ticks() {
    static const system_monotonic_clock ticks;
    return ticks;
}

std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "something that is no std::exception";
    }
}

}  // namespace

/// Takes the lines in turns: those that stand at one place go together, whoever last worked longest ago comes first.
struct projector::parts {
    using group = std::vector<projection_line*>;
    struct published {
        projection_status status;
        timestamp reached;
        std::chrono::nanoseconds progress;
    };

    parts(const event_store& events, projector_options given)
        : store(events),
          options(std::move(given)),
          time(options.time ? *options.time : system_time()),
          ticks(options.ticks ? *options.ticks : system_ticks()),
          lines(store, options),
          routes(store) {}

    bool run_batch();
    void catch_up();
    void publish();
    [[nodiscard]] projection_status status_of(const published& known) const;

    const event_store& store;
    projector_options options;
    const clock& time;
    const monotonic_clock& ticks;
    projection_lines lines;
    event_routes routes;
    guarded<std::vector<published>> shown;
    bool impatient = false;  // nothing is waited for: retries come at once, and end

private:
    [[nodiscard]] bool can_work(const projection_line& line, global_position head) const;
    [[nodiscard]] group next_group(global_position head);
    [[nodiscard]] global_position end_for(const group& together) const;
    void run(const group& together);
    void run_shared(const group& together, global_position end);
    [[nodiscard]] page read(const group& together, global_position end, event_sink sink);
    void run_alone(projection_line& line);
    void run_one(projection_line& line);
    void try_alone(projection_line& line);
    void park(projection_line& line);
    void note_progress(const group& together, global_position before, std::chrono::nanoseconds begun);

    void failed(const group& together, const shared_batch* batch, const std::exception_ptr& thrown);
    void failed(projection_line& line, const std::optional<parked_event>& at, timestamp recorded,
                const std::exception_ptr& thrown);
    void failed_at_event(projection_line& line, parked_event at, timestamp recorded, const std::exception_ptr& thrown);
    void wait(projection_line& line, std::chrono::nanoseconds delay, const std::exception_ptr& thrown);
    void stop(projection_line& line, const std::exception_ptr& thrown);
    void throw_if_all_stopped();

    std::optional<read_ahead> ahead;
    std::uint64_t turns = 0;
    std::uint64_t random = 0x9E3779B97F4A7C15U;  // of the delays only, so any start will do
    bool all_stopped = false;
};

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

void projector::parts::run(const group& together) {
    ++turns;
    for (projection_line* line : together) line->turn = turns;
    const global_position before = together.front()->position;
    const auto begun = ticks.now();
    if (together.front()->failing) run_alone(*together.front());
    else if (together.front()->one_by_one_to) run_one(*together.front());
    else run_shared(together, end_for(together));
    note_progress(together, before, begun);
    // What is in front of an event that failed is right, and is done at once.
    for (projection_line* line : together)
        if (line->claim && line->failing && !line->in_front && !line->stopped) run_alone(*line);
}

void projector::parts::run_shared(const group& together, global_position end) {
    std::optional<shared_batch> batch;
    try {
        batch.emplace(store, time, routes, lines.projections(), together);
        const global_position from = together.front()->position;
        batch->stands_at(together.front()->reached);
        const page page = read(together, end, *batch);
        batch->flush();
        if (page.last_position > from) batch->commit(page.last_position);
        for (projection_line* line : together) {
            if (line->failing) line->in_front = page.at_end || line->position >= end;
            else line->got_over();
        }
    } catch (...) {
        const auto thrown = std::current_exception();
        ahead.reset();
        if (batch) batch->roll_back();
        failed(together, batch ? &*batch : nullptr, thrown);
    }
}

page projector::parts::read(const group& together, global_position end, event_sink sink) {
    const global_position from = together.front()->position;
    const bool together_all = together.size() == lines.all().size();
    const bool worth_it = options.read_ahead && end == no_end && together_all &&
                          store.head().value - from.value > static_cast<std::int64_t>(2 * options.batch.value);
    if (ahead && (end != no_end || !ahead->stands_at(from))) ahead.reset();
    if (!ahead && worth_it) {
        // Memory is folded into so fast that it can just as well decode for itself.
        const bool writes_rows = std::any_of(together.begin(), together.end(), [&](const projection_line* line) {
            return !lines.projections()[line->of].target.tables().empty();
        });
        ahead.emplace(store, from, options.batch,
                      writes_rows ? std::optional{routes.afresh()} : std::optional<event_routes>{});
    }
    if (!ahead)
        return store.read(read_query::all().after(from).before(global_position{end.value + 1}), options.batch, sink);
    const page reached = ahead->read(sink);
    if (reached.at_end) ahead.reset();
    return reached;
}

void projector::parts::run_alone(projection_line& line) {
    if (!line.in_front) {
        if (line.position.value + 1 < line.failing->position.value) run_shared({&line}, end_for({&line}));
        else line.in_front = true;
    }
    if (!line.is_at_failing() || line.stopped || !line.claim) return;
    const error_policy& policy = lines.policy_of(line);
    if (line.failing->attempts <= policy.retries) {
        if (impatient || !line.is_waiting(ticks.now())) try_alone(line);
    } else if (policy.park) {
        park(line);
    } else {
        stop(line, line.thrown);
    }
}

void projector::parts::run_one(projection_line& line) {
    std::optional<shared_batch> batch;
    const group alone{&line};
    try {
        batch.emplace(store, time, routes, lines.projections(), alone);
        batch->remember_place();
        batch->stands_at(line.reached);
        const page page = store.read(read_query::all().after(line.position), batch_limit{1}, *batch);
        batch->flush();
        if (page.last_position > line.position) batch->commit(page.last_position);
        if (line.position >= *line.one_by_one_to || page.at_end) line.one_by_one_to.reset();
        line.got_over();
    } catch (...) {
        const auto thrown = std::current_exception();
        if (batch) batch->roll_back();
        failed(alone, batch ? &*batch : nullptr, thrown);
    }
}

void projector::parts::try_alone(projection_line& line) {
    ++line.retries;
    std::optional<shared_batch> batch;
    const group alone{&line};
    try {
        batch.emplace(store, time, routes, lines.projections(), alone);
        batch->remember_place();
        page page;
        batch->session_of(line).attempt([&] {
            page = store.read(read_query::all().after(line.position), batch_limit{1}, *batch);
            batch->flush();
        });
        batch->commit(page.last_position);
        line.got_over();
    } catch (...) {
        const auto thrown = std::current_exception();
        if (batch) batch->roll_back();
        failed(alone, batch ? &*batch : nullptr, thrown);
    }
}

void projector::parts::park(projection_line& line) {
    const group alone{&line};
    std::optional<shared_batch> batch;
    try {
        batch.emplace(store, time, routes, lines.projections(), alone);
        batch->session_of(line).park(*line.failing, lines.policy_of(line).most_parked);
        batch->stands_at(line.failing_recorded);
        batch->commit(line.failing->position);
        line.parked_keys.insert(line.failing->order_key);
        ++line.parked;
        line.got_over();
    } catch (...) {
        const auto thrown = std::current_exception();
        if (batch) batch->roll_back();
        failed(alone, nullptr, thrown);
    }
}

void projector::parts::failed(const group& together, const shared_batch* batch, const std::exception_ptr& thrown) {
    if (batch && !batch->culprits().empty()) {
        const bool at_event = batch->failed_at().has_value();
        for (projection_line* line : batch->culprits())
            failed(*line, at_event ? batch->failed_at() : batch->last_place(),
                   at_event ? batch->failed_recorded() : batch->recorded(), thrown);
        return;
    }
    for (projection_line* line : together) failed(*line, {}, {}, thrown);
}

void projector::parts::failed(projection_line& line, const std::optional<parked_event>& at, timestamp recorded,
                              const std::exception_ptr& thrown) {
    line.error = text_of(thrown);
    try {
        std::rethrow_exception(thrown);
    } catch (const claim_lost&) {
        // Nothing went wrong: somebody else has moved these rows, and the file says how.
        line.error.clear();
        lines.look_again(line);
        return;
    } catch (const limit_exceeded&) {
        stop(line, thrown);
        return;
    } catch (...) {
        // Told apart below.
    }
    switch (class_of(thrown)) {
        case failure_class::fatal: stop(line, thrown); return;
        case failure_class::storage:
            wait(line, lines.policy_of(line).delays.delay_after(++line.failures, random += turns), thrown);
            return;
        case failure_class::unreachable: {
            const auto now = ticks.now();
            line.breaker.failed(now);
            const std::chrono::nanoseconds pause =
                lines.policy_of(line).delays.delay_after(++line.failures, random += turns);
            wait(line, std::max(pause, line.breaker.opens_until() - now), thrown);
            return;
        }
        case failure_class::event: break;
    }
    if (at) {
        failed_at_event(line, *at, recorded, thrown);
        return;
    }
    try {
        std::rethrow_exception(thrown);
    } catch (const event_failure& failure) {
        // It failed before any projection saw it, in a decorator of the store.
        parked_event place;
        place.projection = lines.projections()[line.of].target.name();
        place.order_key = place.stream = failure.stream;
        place.position = failure.position;
        place.version = failure.version;
        place.type = failure.type;
        failed_at_event(line, std::move(place), line.reached, thrown);
    } catch (...) {
        if (line.one_by_one_to) {
            stop(line, thrown);  // it is of no event at all
            return;
        }
        // Something of this batch cannot be written, and only what is flushed alone tells of which event it is.
        line.one_by_one_to = global_position{line.position.value + static_cast<std::int64_t>(options.batch.value)};
    }
}

void projector::parts::failed_at_event(projection_line& line, parked_event at, timestamp recorded,
                                       const std::exception_ptr& thrown) {
    const bool again = line.failing && line.failing->position == at.position;
    if (!again) {
        line.failing = std::move(at);
        line.failing->first_failed = time.now();
        line.failing_recorded = recorded;
        line.in_front = false;
    }
    parked_event& failing = *line.failing;
    failing.last_failed = time.now();
    failing.error = line.error;
    const error_policy& policy = lines.policy_of(line);
    if (++failing.attempts <= policy.retries)
        line.due = ticks.now() + policy.delays.delay_after(failing.attempts, random += turns);
    else line.due.reset();
    line.thrown = thrown;
}

void projector::parts::wait(projection_line& line, std::chrono::nanoseconds delay, const std::exception_ptr& thrown) {
    ++line.retries;
    if (impatient && line.failures > lines.policy_of(line).retries) stop(line, thrown);
    else line.due = ticks.now() + delay;
}

void projector::parts::stop(projection_line& line, const std::exception_ptr& thrown) { line.stopped = thrown; }

void projector::parts::note_progress(const group& together, global_position before, std::chrono::nanoseconds begun) {
    const auto now = ticks.now();
    for (projection_line* line : together) {
        if (line->position <= before) continue;
        const std::chrono::duration<double> took = now - begun;
        const double rate = static_cast<double>(line->position.value - before.value) / std::max(took.count(), 1e-9);
        line->rate = line->rate == 0 ? rate : line->rate + weight_of_last_batch * (rate - line->rate);
        line->progress = now;
    }
}

void projector::parts::throw_if_all_stopped() {
    const std::exception_ptr why = lines.why_all_stopped();
    if (!why) return;
    all_stopped = true;
    std::rethrow_exception(why);
}

void projector::parts::publish() {
    const auto now = ticks.now();
    std::vector<published> all;
    for (const auto& line : lines.all()) {
        const projected& of = lines.projections()[line->of];
        projection_status status;
        status.projection = of.target.name();
        status.part = line->part;
        status.position = line->position;
        status.rate = line->rate;
        status.retries = line->retries;
        status.parked = line->parked;
        status.error = line->error;
        status.thrown = of.refused ? of.refused : line->stopped;
        if (status.thrown) {
            status.doing = activity::stopped;
            status.error = text_of(status.thrown);
        } else if (line->paused) {
            status.doing = activity::paused;
        } else if (line->elsewhere) {
            status.doing = activity::elsewhere;
        } else if (line->is_waiting(now) || line->failing) {
            status.doing = activity::retrying;
        } else {
            status.doing = activity::behind;  // unless it is seen to stand at the head
        }
        all.push_back({std::move(status), line->reached, line->progress});
    }
    for (const projected& each : lines.projections()) {
        const auto is_of = [&](const published& one) { return one.status.projection == each.target.name(); };
        if (std::any_of(all.begin(), all.end(), is_of)) continue;
        projection_status status;
        status.projection = each.target.name();
        status.doing = each.refused ? activity::stopped : each.looked ? activity::elsewhere : activity::starting;
        status.thrown = each.refused;
        if (each.refused) status.error = text_of(each.refused);
        all.push_back({std::move(status), {}, now});
    }
    shown.with([&](auto& kept) { kept = std::move(all); });
}

projection_status projector::parts::status_of(const published& known) const {
    projection_status status = known.status;
    status.head = std::max(store.head(), status.position);
    status.since_progress = ticks.now() - known.progress;
    const bool more = status.position < status.head;
    if (more && known.reached != timestamp{})
        status.lag = std::max(std::chrono::nanoseconds{}, std::chrono::nanoseconds{time.now() - known.reached});
    if (status.doing != activity::behind) return status;
    if (!more) {
        status.doing = activity::current;
        status.since_progress = {};
    } else if (status.since_progress > options.stalled_after) {
        status.doing = activity::stalled;
    }
    return status;
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
            furthest_behind = furthest_behind ? std::min(*furthest_behind, each.status.position) : each.status.position;
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
