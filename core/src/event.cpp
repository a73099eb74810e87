#include <foldline/core/event.hpp>

#include <foldline/core/event_view.hpp>

namespace foldline::inline v0 {

recorded_event::recorded_event(const event_view& view, event_type type)
    : type_name(type.name),
      type_version(type.version),
      stream(view.stream),
      version(view.version),
      position(view.position),
      id(view.id),
      recorded_at(view.recorded_at),
      occurred_at(view.occurred_at),
      metadata(view.metadata),
      payload(view.payload) {}

}  // namespace foldline::inline v0
