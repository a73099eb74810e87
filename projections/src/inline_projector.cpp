#include <foldline/projections/inline_projector.hpp>

#include "event_routes.hpp"

#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <map>
#include <string>
#include <string_view>

namespace foldline::inline v0 {
namespace {

void require_apart(const std::vector<projection*>& projections) {
    std::map<std::string_view, std::string_view> owner_of_table;
    std::map<std::string_view, const projection*> by_name;
    for (const projection* each : projections) {
        if (!each) throw definition_error("one of the inline projections is a null pointer");
        if (!by_name.emplace(each->name(), each).second)
            throw definition_error(fmt::format("two inline projections have the name {}", each->name()));
        for (const read_model_table& table : each->tables())
            if (const auto [known, added] = owner_of_table.emplace(table.name, each->name()); !added)
                throw definition_error(fmt::format("the inline projections {} and {} both keep the table {}",
                                                   known->second, each->name(), table.name));
    }
}

}  // namespace

inline_projector::inline_projector(const event_store& store, std::vector<projection*> projections) {
    require_apart(projections);
    dispatches_.reserve(projections.size());
    for (projection* each : projections) dispatches_.emplace_back(store, *each);
}

void inline_projector::begin(global_position head) {
    if (reached_ != head) rolled_back();
}

void inline_projector::apply(const event_view& event, sql_session& rows) {
    for (projection_dispatch& dispatch : dispatches_) dispatch.apply(event, rows);
}

void inline_projector::flush(event_type type, const event_view& last, sql_session& rows) {
    for (projection_dispatch& dispatch : dispatches_) {
        try {
            dispatch.target().flush(rows);
        } catch (...) {
            throw_as_failure_of(dispatch.target(), type, last);
        }
    }
}

void inline_projector::rolled_back() noexcept {
    reached_.reset();
    for (projection_dispatch& dispatch : dispatches_) dispatch.target().rolled_back();
}

void inline_projector::committed(global_position head) {
    for (projection_dispatch& dispatch : dispatches_) dispatch.target().committed(head);
    reached_ = head;
}

}  // namespace foldline::inline v0
