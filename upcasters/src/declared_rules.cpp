#include "declared_rules.hpp"

#include "field_names.hpp"

#include <algorithm>

namespace foldline::inline v0::detail {

local_rules::local_rules(const declared_upcaster& whole) {
    for (const auto& rule : whole.moves()) {
        moves_.push_back({rule.from, rule.to, &rule.scale});
        taken_.push_back(rule.from);
    }
    taken_.insert(taken_.end(), whole.left_out().begin(), whole.left_out().end());
}

bool local_rules::takes(std::string_view name) const {
    return std::find(taken_.begin(), taken_.end(), name) != taken_.end();
}

std::vector<local_rules::move> local_rules::here() const {
    std::vector<move> made_here;
    for (const move& one : moves_)
        if (!is_inner(one)) made_here.push_back(one);
    return made_here;
}

bool local_rules::is_inner(const move& one) const {
    const auto [from, from_rest] = split_path(one.from);
    const auto [to, to_rest] = split_path(one.to);
    if (from == to && !from_rest.empty() && !to_rest.empty() && !takes(from)) return true;
    return std::any_of(moves_.begin(), moves_.end(), [&](const move& other) {
        return is_inside(one.from, other.from) && is_inside(one.to, other.to);
    });
}

local_rules local_rules::below(std::string_view from, std::string_view to) const {
    local_rules inner;
    for (const move& one : moves_)
        if (is_inside(one.from, from) && is_inside(one.to, to))
            inner.moves_.push_back({one.from.substr(from.size() + 1), one.to.substr(to.size() + 1), one.scale});
    for (const std::string_view path : taken_)
        if (is_inside(path, from)) inner.taken_.push_back(path.substr(from.size() + 1));
    return inner;
}

}  // namespace foldline::inline v0::detail
