#include "projection_lines.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace foldline::inline v0 {

projection_lines::projection_lines(const event_store& store, const projector_options& options)
    : store_(store), options_(options) {}

void projection_lines::add(projection& target, read_model_store& models, const error_policy& policy) {
    for (const projected& each : projections_)
        if (&each.models == &models && each.target.name() == target.name())
            throw definition_error(
                fmt::format("two projections of the name {} would keep rows in {}", target.name(), models.place()));
    projections_.push_back(projected{target, models, policy, false, 0, nullptr});
}

void projection_lines::assign(std::vector<partition_claim> claims) {
    assigned_ = std::move(claims);
    look_again();
}

void projection_lines::look_again() {
    for (projected& each : projections_) each.looked = false;
}

void projection_lines::start_over() {
    look_again();
    for (const auto& line : lines_) {
        line->forget_failure();
    }
}

void projection_lines::look(std::chrono::nanoseconds now) {
    for (std::size_t index = 0; index < projections_.size(); ++index)
        if (!projections_[index].looked) look(index, now);
}

void projection_lines::look(std::size_t index, std::chrono::nanoseconds now) {
    projected& each = projections_[index];
    const projection_state state = state_of(each);
    each.refused = nullptr;
    try {
        require_continuable(store_, each.models, each.target, state);
    } catch (const error&) {
        each.refused = std::current_exception();
    }
    adapt(index, state, now);
    each.looked = true;
}

projection_state projection_lines::state_of(projected& each) {
    if (auto known = each.models.find(each.target.name())) return *std::move(known);
    each.models.create(each.target, store_.identity(), partitions(options_.partitions), if_present::leave);
    if (auto made = each.models.find(each.target.name())) return *std::move(made);
    throw storage_error(0, fmt::format("make the rows of projection {} in {}", each.target.name(), each.models.place()),
                        "they were removed at once by somebody else");
}

void projection_lines::adapt(std::size_t index, const projection_state& state, std::chrono::nanoseconds now) {
    projected& each = projections_[index];
    const bool changed = each.revision != state.revision;
    each.revision = state.revision;
    std::erase_if(lines_, [&](const auto& line) {
        const auto same_part = [&](const partition_state& part) { return part.part == line->part; };
        const bool gone =
            line->of == index && (std::none_of(state.partitions.begin(), state.partitions.end(), same_part) ||
                                  (assigned_ && !assigned_to(index, line->part)));
        if (gone && line->claim) each.target.rolled_back();
        return gone;
    });
    for (const partition_state& part : state.partitions) {
        if (assigned_ && !assigned_to(index, part.part)) continue;
        projection_line& line = line_of(index, part.part, now);
        line.paused = state.paused;
        if (changed) line.forget_failure();
        const bool good = line.claim && line.claim->epoch == part.epoch && line.claim->revision == state.revision &&
                          line.claim->position == part.position;
        if (good) continue;
        lose(line);
        line.elsewhere = false;  // until somebody refuses the claim
        line.stands_at(part.position);
        line.reached = part.reached;
        if (assigned_) adopt_assigned(line, part, state.revision);
    }
}

void projection_lines::adopt(projection_line& line, const partition_claim& claim) {
    // The rows may be other ones than those that it remembers, or those of another file.
    projections_[line.of].target.rolled_back();
    projections_[line.of].target.entrusted(line.part);
    line.claim = claim;
    line.elsewhere = false;
    line.stands_at(claim.position);
    load_parked(line);
}

void projection_lines::adopt_assigned(projection_line& line, const partition_state& part, std::uint64_t revision) {
    partition_claim claim = *assigned_to(line.of, line.part);
    // Another's by now; whoever assigns will find out as well.
    line.elsewhere = claim.epoch != part.epoch;
    if (line.elsewhere) return;
    claim.revision = revision;
    claim.position = part.position;
    adopt(line, claim);
}

void projection_lines::lose(projection_line& line) {
    if (line.claim) projections_[line.of].target.rolled_back();
    line.claim.reset();
    line.in_front = false;
}

void projection_lines::load_parked(projection_line& line) {
    projected& of = projections_[line.of];
    const dead_letter_store& letters = of.models.dead_letters();
    line.parked_keys.clear();
    for (std::string& key : letters.keys(of.target.name()))
        if (line.part.owns(order_hash(key))) line.parked_keys.insert(std::move(key));
    const parked_counts counts = letters.count(of.target.name());
    line.parked = line.parked_keys.empty() ? 0 : counts.failed + counts.behind;
}

bool projection_lines::has_claim(projection_line& line) {
    if (line.claim) return true;
    if (assigned_) return false;
    projected& of = projections_[line.of];
    const auto claimed = of.models.leases().claim(of.target.name(), line.part, options_.worker);
    line.elsewhere = !claimed;
    if (!claimed) return false;
    adopt(line, *claimed);
    return true;
}

projection_line& projection_lines::line_of(std::size_t index, partition part, std::chrono::nanoseconds now) {
    const auto known = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const auto& line) { return line->of == index && line->part == part; });
    if (known != lines_.end()) return **known;
    lines_.push_back(std::make_unique<projection_line>(index, part, projections_[index].policy));
    lines_.back()->progress = now;
    return *lines_.back();
}

const partition_claim* projection_lines::assigned_to(std::size_t index, partition part) const {
    const std::string_view name = projections_[index].target.name();
    for (const partition_claim& claim : *assigned_)
        if (claim.projection == name && claim.part == part) return &claim;
    return nullptr;
}

std::exception_ptr projection_lines::why_all_stopped() const {
    std::exception_ptr first;
    for (const projected& each : projections_) {
        if (!each.refused) continue;
        if (!first) first = each.refused;
    }
    for (const auto& line : lines_) {
        if (projections_[line->of].refused) continue;
        if (!line->stopped) return nullptr;
        if (!first) first = line->stopped;
    }
    const auto is_working = [&](const projected& each) {
        const auto index = static_cast<std::size_t>(&each - projections_.data());
        return !each.refused &&
               std::none_of(lines_.begin(), lines_.end(), [&](const auto& line) { return line->of == index; });
    };
    if (std::any_of(projections_.begin(), projections_.end(), is_working)) return nullptr;
    return first;
}

}  // namespace foldline::inline v0
