#include <foldline/core/event_filter.hpp>

#include <foldline/core/metadata.hpp>

#include <algorithm>
#include <variant>

namespace foldline::inline v0 {

event_filter::event_filter(const read_query& query) : query_(query) {
    if (const auto* of = std::get_if<read_query::of_categories>(&query.where())) categories_ = &of->names;
}

bool event_filter::admits_type(event_type_id id, type_lookup type_of) {
    if (query_.types().empty()) return true;
    const auto index = static_cast<std::size_t>(id);
    if (index >= answers_.size()) answers_.resize(index + 1, answer::unknown);
    answer& known = answers_[index];
    if (known == answer::unknown) {
        const event_type type = type_of(id);
        const bool wanted = std::any_of(query_.types().begin(), query_.types().end(),
                                        [&](const wanted_type& one) { return one.admits(type); });
        known = wanted ? answer::yes : answer::no;
    }
    return known == answer::yes;
}

bool event_filter::admits_metadata(std::string_view metadata) const {
    return query_.correlation().empty() || correlation_of(metadata) == query_.correlation();
}

}  // namespace foldline::inline v0
