#include <foldline/projections/group_worker.hpp>

#include "fair_shares.hpp"
#include "held_claims.hpp"
#include "stillness.hpp"

#include <foldline/core/guarded.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace foldline::inline v0 {
namespace {

struct step_failures {
    std::uint64_t count = 0;
    std::exception_ptr last;
};

/// What one step sees of a projection.
struct sighted_projection {
    projection_state state;
    std::vector<partition_state> free;  // whoever is due some may claim them
    shared_work work;
};

void require_sound(worker_id self, const lease_options& options) {
    if (self.is_nobody())
        throw definition_error("a worker of a group needs an id of its own: the nil id keeps no lease");
    if (options.beat > std::chrono::milliseconds{0} && options.lease > 2 * options.beat) return;
    throw definition_error(
        fmt::format("a lease of {} ms does not outlast two beats of {} ms, so that one beat that fails would lose it",
                    options.lease.count(), options.beat.count()));
}

}  // namespace

struct group_worker::parts {
    parts(read_model_store& store, worker_id worker, const monotonic_clock& clock, lease_options wanted)
        : models(store), leases(store.leases()), self(worker), ticks(clock), options(wanted), held(wanted.lease) {}

    /// Runs `work`; what it throws is kept.
    template <class Work>
    void attempt(Work work);

    void show_life();
    [[nodiscard]] std::vector<sighted_projection> look();
    [[nodiscard]] std::vector<worker_id> living(std::string_view projection);
    [[nodiscard]] sighted_projection sight(projection_state state);
    [[nodiscard]] bool is_free(const projection_state& of, const partition_state& part);
    void take_share(const sighted_projection& seen);
    void claim(const sighted_projection& seen, std::size_t missing);
    void release_what_is_let_go();

    [[nodiscard]] bool has_joined(std::string_view projection) const {
        return std::find(joined.begin(), joined.end(), projection) != joined.end();
    }

    read_model_store& models;
    lease_store& leases;
    const worker_id self;
    const monotonic_clock& ticks;
    const lease_options options;
    std::vector<std::string> joined;
    stillness<std::pair<std::string, partition>> partitions;
    stillness<std::pair<std::string, uuid>> members;
    guarded<held_claims> held;
    guarded<step_failures> failures;
};

template <class Work>
void group_worker::parts::attempt(Work work) {
    std::exception_ptr failure;
    try {
        work();
    } catch (...) {
        failure = std::current_exception();
    }
    failures.with([&](step_failures& all) {
        all.last = failure;
        if (failure) ++all.count;
    });
}

void group_worker::parts::show_life() {
    // As of before the call: what the others have seen of it is younger, so they give up waiting later than we do.
    const auto now = ticks.now();
    const auto good = leases.beat(held.with([](const held_claims& all) { return all.to_beat(); }));
    held.with([&](held_claims& all) { all.keep(good, now); });
    for (const std::string& projection : joined) leases.enter(projection, self);
}

std::vector<sighted_projection> group_worker::parts::look() {
    // Also at projections that only others work on: what somebody has of those counts when the rest is dealt, and all
    // have to deal alike.
    std::vector<sighted_projection> all;
    for (projection_state& state : models.projections()) all.push_back(sight(std::move(state)));
    partitions.end_round();
    members.end_round();

    std::vector<shared_work> dealt;
    for (sighted_projection& each : all) dealt.push_back(std::move(each.work));
    deal_fairly(dealt);
    for (std::size_t index = 0; index < all.size(); ++index) all[index].work = std::move(dealt[index]);
    return all;
}

sighted_projection group_worker::parts::sight(projection_state state) {
    sighted_projection seen;
    seen.work.partitions = state.paused ? 0 : state.partitions.size();
    for (const worker_id& worker : living(state.name)) seen.work.shares.push_back({worker});
    for (const partition_state& part : state.partitions) {
        if (is_free(state, part)) seen.free.push_back(part);
        const auto owner = std::find_if(seen.work.shares.begin(), seen.work.shares.end(),
                                        [&](const fair_share& share) { return share.worker == part.owner; });
        if (owner != seen.work.shares.end()) ++owner->has;
    }
    seen.state = std::move(state);
    return seen;
}

std::vector<worker_id> group_worker::parts::living(std::string_view projection) {
    std::vector<worker_id> found;
    for (const worker_state& member : leases.members(projection)) {
        const std::pair key{std::string(projection), member.worker.value};
        const auto still = members.of(key, {member.beat, 0}, ticks.now());
        if (member.worker == self || (!member.ended && still < options.lease)) {
            found.push_back(member.worker);
            continue;
        }
        leases.expel(projection, member);
        // If it was not dead after all it enters again, and its beats may be counted from where they once were.
        members.forget(key);
    }
    return found;
}

bool group_worker::parts::is_free(const projection_state& of, const partition_state& part) {
    const auto still = partitions.of({of.name, part.part}, {part.epoch, part.beat}, ticks.now());
    if (part.owner == self) return held.with([&](const held_claims& all) { return !all.has(of.name, part.part); });
    return !part.owner || part.owner->is_nobody() || part.owner_ended || still >= options.lease;
}

void group_worker::parts::take_share(const sighted_projection& seen) {
    const auto own = std::find_if(seen.work.shares.begin(), seen.work.shares.end(),
                                  [&](const fair_share& share) { return share.worker == self; });
    if (own == seen.work.shares.end()) return;
    const std::size_t has = held.with([&](held_claims& all) {
        const std::size_t count = all.count(seen.state.name);
        all.let_go_of(seen.state.name, count > own->due ? count - own->due : 0, ticks.now());
        return count;
    });
    if (has < own->due) claim(seen, own->due - has);
}

void group_worker::parts::claim(const sighted_projection& seen, std::size_t missing) {
    for (const partition_state& part : seen.free) {
        if (missing == 0) return;
        auto claimed = leases.claim(seen.state.name, part.part, self, part);
        if (!claimed) continue;  // another was faster, or the projection has changed
        held.with([&](held_claims& all) { all.add(std::move(*claimed), ticks.now()); });
        --missing;
    }
}

void group_worker::parts::release_what_is_let_go() {
    const auto done = held.with([](const held_claims& all) { return all.to_release(); });
    leases.release(done);
    held.with([&](held_claims& all) { all.remove(done); });
}

group_worker::group_worker(read_model_store& models, worker_id self, const monotonic_clock& ticks,
                           lease_options options) {
    require_sound(self, options);
    parts_ = std::make_unique<parts>(models, self, ticks, options);
}
group_worker::~group_worker() = default;

void group_worker::join(std::string projection) {
    if (!parts_->has_joined(projection)) parts_->joined.push_back(std::move(projection));
}

void group_worker::step() {
    parts_->attempt([&] {
        // First what keeps the claims that there are; whatever fails behind it costs none of them.
        parts_->show_life();
        parts_->release_what_is_let_go();
        for (const sighted_projection& seen : parts_->look())
            if (parts_->has_joined(seen.state.name)) parts_->take_share(seen);
        parts_->release_what_is_let_go();
    });
}

void group_worker::leave() {
    const auto all = parts_->held.with([&](held_claims& held) {
        auto claims = held.to_beat();
        for (auto& released : held.to_release()) claims.push_back(std::move(released));
        held.clear(parts_->ticks.now());
        return claims;
    });
    parts_->attempt([&] {
        parts_->leases.release(all);
        for (const std::string& projection : parts_->joined) parts_->leases.leave(projection, parts_->self);
    });
}

std::vector<partition_claim> group_worker::claims() const {
    return parts_->held.with([&](held_claims& all) { return all.hand_out(parts_->ticks.now()); });
}

std::uint64_t group_worker::changes() const {
    return parts_->held.with([&](held_claims& all) { return all.changes(parts_->ticks.now()); });
}

void group_worker::given_up(const partition_claim& claim) {
    parts_->held.with([&](held_claims& all) { all.give_up(claim, parts_->ticks.now()); });
}

const lease_options& group_worker::options() const { return parts_->options; }

std::uint64_t group_worker::failures() const {
    return parts_->failures.with([](const step_failures& all) { return all.count; });
}

std::exception_ptr group_worker::last_failure() const {
    return parts_->failures.with([](const step_failures& all) { return all.last; });
}

}  // namespace foldline::inline v0
