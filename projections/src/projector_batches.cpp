// What a projector does in its turn: a batch for all that go together, or one event alone.

#include "projector_parts.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {

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

}  // namespace foldline::inline v0
