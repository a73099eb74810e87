#include <foldline/projections/dispatch.hpp>

#include "event_routes.hpp"

namespace foldline::inline v0 {

struct projection_dispatch::parts {
    parts(const event_store& store, projection& projected) : target(projected), routes(store) { routes.add(projected); }

    projection& target;
    event_routes routes;
};

projection_dispatch::projection_dispatch(const event_store& store, projection& target)
    : parts_(std::make_unique<parts>(store, target)) {}
projection_dispatch::projection_dispatch(projection_dispatch&&) noexcept = default;
projection_dispatch::~projection_dispatch() = default;

projection& projection_dispatch::target() const { return parts_->target; }

void projection_dispatch::apply(const event_view& event, sql_session& rows) {
    event_routes::of_type& found = parts_->routes.of(event.type);
    if (found.routes.empty()) return;
    projection& target = parts_->target;
    const int wanted = found.routes.front().wanted;
    if (wanted == event_routes::other_version) throw_other_version(target, found.type, event);
    const google::protobuf::Message& message = decode(event, *found.reused, found.type);
    try {
        target.apply(static_cast<std::size_t>(wanted), message, event, rows);
    } catch (...) {
        throw_as_failure_of(target, found.type, event);
    }
}

}  // namespace foldline::inline v0
