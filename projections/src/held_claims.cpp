#include "held_claims.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace foldline::inline v0 {
namespace {

bool is_same(const partition_claim& one, const partition_claim& other) {
    return one.epoch == other.epoch && one.part == other.part && one.revision == other.revision &&
           one.projection == other.projection;
}

bool contains(std::span<const partition_claim> claims, const partition_claim& claim) {
    return std::any_of(claims.begin(), claims.end(), [&](const partition_claim& each) { return is_same(each, claim); });
}

}  // namespace

std::vector<partition_claim> held_claims::workable() const {
    std::vector<partition_claim> found;
    if (fenced_) return found;
    for (const held& each : held_)
        if (!each.surplus && !each.given_up) found.push_back(each.claim);
    return found;
}

void held_claims::settle(std::chrono::nanoseconds now) {
    const bool fenced = now - beaten_ >= lease_;
    if (!touched_ && fenced == fenced_) return;
    fenced_ = fenced;
    touched_ = false;
    std::vector<partition_claim> present = workable();
    if (!std::equal(present.begin(), present.end(), shown_.begin(), shown_.end(), is_same)) ++changes_;
    shown_ = std::move(present);
}

std::vector<partition_claim> held_claims::hand_out(std::chrono::nanoseconds now) {
    settle(now);
    for (held& each : held_) each.handed_out = each.handed_out || contains(shown_, each.claim);
    return shown_;
}

std::uint64_t held_claims::changes(std::chrono::nanoseconds now) {
    settle(now);
    return changes_;
}

void held_claims::give_up(const partition_claim& claim, std::chrono::nanoseconds now) {
    for (held& each : held_) each.given_up = each.given_up || is_same(each.claim, claim);
    touched_ = true;
    settle(now);
}

std::vector<partition_claim> held_claims::to_beat() const {
    std::vector<partition_claim> found;
    for (const held& each : held_)
        if (!each.given_up) found.push_back(each.claim);
    return found;
}

void held_claims::keep(std::span<const partition_claim> good, std::chrono::nanoseconds when) {
    // By the old beat first: a set that nobody was to work on for a while is another set when it comes back.
    settle(when);
    std::erase_if(held_, [&](const held& each) { return !each.given_up && !contains(good, each.claim); });
    beaten_ = when;
    touched_ = true;
    settle(when);
}

void held_claims::add(partition_claim claim, std::chrono::nanoseconds now) {
    held_.push_back({std::move(claim)});
    touched_ = true;
    settle(now);
}

std::size_t held_claims::count(std::string_view projection) const {
    return static_cast<std::size_t>(std::count_if(
        held_.begin(), held_.end(), [&](const held& each) { return each.claim.projection == projection; }));
}

bool held_claims::has(std::string_view projection, partition part) const {
    return std::any_of(held_.begin(), held_.end(), [&](const held& each) {
        return each.claim.part == part && each.claim.projection == projection;
    });
}

void held_claims::let_go_of(std::string_view projection, std::size_t surplus, std::chrono::nanoseconds now) {
    std::vector<held*> all;
    for (held& each : held_)
        if (each.claim.projection == projection) all.push_back(&each);
    const auto cost = [](const held* each) { return std::tuple{!each->given_up, !each->surplus, each->handed_out}; };
    std::stable_sort(all.begin(), all.end(), [&](const held* a, const held* b) { return cost(a) < cost(b); });
    for (std::size_t index = 0; index < all.size(); ++index) all[index]->surplus = index < surplus;
    touched_ = true;
    settle(now);
}

std::vector<partition_claim> held_claims::to_release() const {
    std::vector<partition_claim> found;
    for (const held& each : held_)
        if (each.given_up || (each.surplus && !each.handed_out)) found.push_back(each.claim);
    return found;
}

void held_claims::remove(std::span<const partition_claim> released) {
    std::erase_if(held_, [&](const held& each) { return contains(released, each.claim); });
}

void held_claims::clear(std::chrono::nanoseconds now) {
    held_.clear();
    touched_ = true;
    settle(now);
}

}  // namespace foldline::inline v0
