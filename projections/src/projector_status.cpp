// What others may know of a projector while it works.

#include "projector_parts.hpp"
#include "thrown_text.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {
namespace {

constexpr double weight_of_last_batch = 0.2;

}  // namespace

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
        all.push_back({std::move(status), line->reached, line->progress, true});
    }
    for (const projected& each : lines.projections()) {
        const auto is_of = [&](const published& one) { return one.status.projection == each.target.name(); };
        if (std::any_of(all.begin(), all.end(), is_of)) continue;
        projection_status status;
        status.projection = each.target.name();
        status.doing = each.refused ? activity::stopped : each.looked ? activity::elsewhere : activity::starting;
        status.thrown = each.refused;
        if (each.refused) status.error = text_of(each.refused);
        all.push_back({std::move(status), {}, now, false});
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

}  // namespace foldline::inline v0
