#include <foldline/core/command.hpp>

namespace foldline::inline v0 {

command_context command_context::caused_by(const event_view& event) {
    command_context context;
    context.meta.correlation_id = decode_metadata(event.metadata).correlation_id;
    // An event that nothing outside asked for begins a correlation of its own.
    if (context.meta.correlation_id.empty()) context.meta.correlation_id = event.id.to_string();
    context.meta.causation_id = event.id.to_string();
    return context;
}

}  // namespace foldline::inline v0
