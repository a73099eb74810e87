#include <foldline/core/event.hpp>

foldline::event_data with_id(foldline::command_id command) {
    foldline::event_data event;
#ifdef FOLDLINE_CONTROL
    event.id = foldline::event_id_of(command, 0);
#else
    event.id = command;
#endif
    return event;
}
