#include "memory_parts.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace foldline::inline v0 {
namespace {

/// Whether `worker` may have it from whoever has it now.
bool is_free_for(const partition_state& part, worker_id worker, const std::optional<partition_state>& watched) {
    if (!part.owner || *part.owner == worker || part.owner->is_nobody() || part.owner_ended) return true;
    return watched && watched->epoch == part.epoch && watched->beat == part.beat;
}

[[noreturn]] void throw_kept_whole(std::string_view projection) {
    throw invalid_request(fmt::format("projection {} is an object in memory, which is kept whole", projection));
}

}  // namespace

bool memory_facts::is_good(const partition_claim& claim) const {
    return knows(claim.projection) && !state->paused && claim.part == part().part && claim.epoch == part().epoch &&
           claim.revision == state->revision && claim.position == part().position;
}

std::optional<partition_claim> memory_leases::claim(std::string_view projection, partition part, worker_id worker,
                                                    std::optional<partition_state> watched) {
    return facts_.with([&](memory_facts& facts) -> std::optional<partition_claim> {
        if (!facts.knows(projection) || facts.state->paused || !part.is_whole()) return {};
        partition_state& whole = facts.part();
        if (!is_free_for(whole, worker, watched)) return {};
        whole.owner = worker;
        ++whole.epoch;
        ++whole.beat;
        return partition_claim{std::string(projection), part,          worker, whole.epoch,
                               facts.state->revision,   whole.position};
    });
}

std::vector<partition_claim> memory_leases::beat(std::span<const partition_claim> claims) {
    return facts_.with([&](memory_facts& facts) {
        std::vector<partition_claim> good;
        for (const partition_claim& claim : claims) {
            if (!facts.knows(claim.projection) || claim.epoch != facts.part().epoch) continue;
            ++facts.part().beat;
            good.push_back(claim);
        }
        return good;
    });
}

void memory_leases::release(std::span<const partition_claim> claims) {
    facts_.with([&](memory_facts& facts) {
        for (const partition_claim& claim : claims)
            if (facts.knows(claim.projection) && claim.epoch == facts.part().epoch) facts.part().owner.reset();
    });
}

void memory_leases::enter(std::string_view, worker_id worker) {
    facts_.with([&](memory_facts& facts) {
        const auto known = std::find_if(facts.members.begin(), facts.members.end(),
                                        [&](const worker_state& member) { return member.worker == worker; });
        if (known == facts.members.end()) facts.members.push_back({worker, 1, false});
        else ++known->beat;
    });
}

void memory_leases::leave(std::string_view, worker_id worker) {
    facts_.with([&](memory_facts& facts) {
        std::erase_if(facts.members, [&](const worker_state& member) { return member.worker == worker; });
    });
}

std::vector<worker_state> memory_leases::members(std::string_view) const {
    return facts_.with([](const memory_facts& facts) { return facts.members; });
}

void memory_leases::expel(std::string_view, const worker_state& gone) {
    facts_.with([&](memory_facts& facts) {
        std::erase_if(facts.members, [&](const worker_state& member) {
            return member.worker == gone.worker && member.beat == gone.beat;
        });
    });
}

void memory_leases::split(std::string_view projection, partition) { throw_kept_whole(projection); }
void memory_leases::merge(std::string_view projection, partition, partition) { throw_kept_whole(projection); }

}  // namespace foldline::inline v0
