#include <foldline/upcasters/upcaster_chain.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/stream_id.hpp>

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

auto upcaster_chain::class_of(event_type type) const -> message_ptr (*)() {
    for (const auto& [from, step] : steps_) {
        if (from == type && step.new_source) return step.new_source;
        for (const auto& target : step.to)
            if (target.type == type && target.new_message) return target.new_message;
    }
    return nullptr;
}

upcaster_chain& upcaster_chain::rename_category(std::string old_name, std::string new_name) {
    require_category(old_name);
    require_category(new_name);
    const auto other = renamed_categories_.find(old_name);
    if (other != renamed_categories_.end())
        throw definition_error(fmt::format("the category '{}' is renamed twice: to '{}' and to '{}'; keep one",
                                           old_name, other->second, new_name));
    std::string way = fmt::format("{} -> {}", old_name, new_name);
    for (const std::string* reached = &new_name; reached;) {
        if (*reached == old_name)
            throw definition_error(fmt::format("the category '{}' would be renamed to itself: {}", old_name, way));
        const auto next = renamed_categories_.find(*reached);
        reached = next == renamed_categories_.end() ? nullptr : &next->second;
        if (reached) way += " -> " + *reached;
    }
    renamed_categories_.emplace(std::move(old_name), std::move(new_name));
    return *this;
}

std::uint64_t upcaster_chain::fingerprint() const {
    if (empty()) return 0;
    // The maps are sorted, so the order of registration leaves no trace.
    std::string text;
    for (const auto& [from, step] : steps_)
        text += step.to_string() + (step.kind.empty() ? "" : " ") + step.kind + '\n';
    for (const auto& [old_name, new_name] : renamed_categories_)
        text += fmt::format("category {} -> {}\n", old_name, new_name);
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace foldline::inline v0
