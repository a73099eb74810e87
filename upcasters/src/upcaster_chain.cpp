#include <foldline/upcasters/upcaster_chain.hpp>

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace foldline::inline v0 {
namespace {

using step_map = std::map<event_type, upcaster>;

/// The way from `type` to `goal` as text, or an empty one if no steps lead there. The steps hold no cycle yet, so the
/// search ends.
std::string way(const step_map& steps, event_type type, event_type goal) {
    if (type == goal) return goal.to_string();
    const auto step = steps.find(type);
    if (step == steps.end()) return {};
    for (const auto& target : step->second.to)
        if (const std::string rest = way(steps, target.type, goal); !rest.empty())
            return type.to_string() + " -> " + rest;
    return {};
}

void collect_ends(const upcaster_chain& chain, event_type type, std::vector<event_type>& ends) {
    const upcaster* step = chain.step_from(type);
    if (step) {
        for (const auto& target : step->to) collect_ends(chain, target.type, ends);
    } else if (std::find(ends.begin(), ends.end(), type) == ends.end()) {
        ends.push_back(type);
    }
}

}  // namespace

upcaster_chain& upcaster_chain::add(upcaster step) {
    if (const upcaster* other = step_from(step.from))
        throw definition_error(fmt::format("two upcasters start from {}: ({}) and ({}); keep one",
                                           step.from.to_string(), other->to_string(), step.to_string()));
    for (const auto& target : step.to)
        if (const std::string back = way(steps_, target.type, step.from); !back.empty())
            throw definition_error(fmt::format("the upcaster ({}) leads back to where it starts: {} -> {}",
                                               step.to_string(), step.from.to_string(), back));
    const event_type from = step.from;
    steps_.emplace(from, std::move(step));
    return *this;
}

const upcaster* upcaster_chain::step_from(event_type type) const {
    const auto step = steps_.find(type);
    return step == steps_.end() ? nullptr : &step->second;
}

std::vector<event_type> upcaster_chain::ends_of(event_type type) const {
    std::vector<event_type> ends;
    collect_ends(*this, type, ends);
    return ends;
}

std::uint64_t upcaster_chain::fingerprint() const {
    if (steps_.empty()) return 0;
    // The map is sorted, so the order of registration leaves no trace.
    std::string text;
    for (const auto& [from, step] : steps_) text += step.to_string() + '\n';
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
