#include <foldline/core/read_query.hpp>

#include <foldline/core/error.hpp>

#include <algorithm>

namespace foldline::inline v0 {
namespace {

void require_kind(bool fits) {
    if (!fits) throw invalid_request("a stream is bounded by versions, a category and everything by positions");
}

}  // namespace

read_query read_query::category(std::string category) { return categories({std::move(category)}); }

read_query read_query::categories(std::vector<std::string> names) {
    if (names.empty()) throw invalid_request("a query for events of no category would hand out none");
    for (const std::string& name : names) require_category(name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return read_query{of_categories{std::move(names)}};
}

read_query read_query::after(stream_version bound) const {
    require_kind(by_version());
    read_query bounded = *this;
    bounded.after_ = bound.value;
    return bounded;
}

read_query read_query::after(global_position bound) const {
    require_kind(!by_version());
    read_query bounded = *this;
    bounded.after_ = bound.value;
    return bounded;
}

read_query read_query::before(stream_version bound) const {
    require_kind(by_version());
    read_query bounded = *this;
    bounded.before_ = bound.value;
    return bounded;
}

read_query read_query::before(global_position bound) const {
    require_kind(!by_version());
    read_query bounded = *this;
    bounded.before_ = bound.value;
    return bounded;
}

read_query read_query::of_types(std::vector<wanted_type> types) const {
    if (types.empty()) throw invalid_request("a query for events of no type would hand out none");
    for (const wanted_type& type : types)
        if (type.name.empty()) throw invalid_request("a query names an event type without a name");
    read_query filtered = *this;
    filtered.types_ = std::move(types);
    return filtered;
}

read_query read_query::with_correlation(std::string id) const {
    if (id.empty()) throw invalid_request("a query for events with an empty correlation id, which is an absent one");
    read_query filtered = *this;
    filtered.correlation_ = std::move(id);
    return filtered;
}

read_query read_query::backward() const {
    read_query reversed = *this;
    reversed.direction_ = read_direction::backward;
    return reversed;
}

read_query read_query::from(const page& page) const {
    const std::int64_t reached = by_version() ? page.last_version.value : page.last_position.value;
    read_query rest = *this;
    (direction_ == read_direction::forward ? rest.after_ : rest.before_) = reached;
    return rest;
}

page read_query::empty_page() const {
    const std::int64_t bound = direction_ == read_direction::forward ? after_ : before_;
    page nothing;
    if (by_version()) nothing.last_version = stream_version{bound};
    else nothing.last_position = global_position{bound};
    return nothing;
}

}  // namespace foldline::inline v0
