#include "event_writer.hpp"

#include <foldline/cli/printable.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::cli {
event_writer::event_writer(std::FILE* out, const opened_store& store, const event_display& display)
    : out_(out), store_(store), display_(display), messages_(store.stored()), objects_(out, display.shape) {}

void event_writer::write(const event_view& event) {
    if (display_.shape == format::text) return write_for_people(event);
    nlohmann::ordered_json object = head_of(event, label_of(event));
    add_payload(object, payload_of(event));
    objects_.add(text_of(object, display_.escape));
}

void event_writer::write_for_people(const event_view& event) {
    fmt::print(out_, "{:>8}  {:<20}  {} @{}  {}  {}\n", event.position.value, to_string(event.occurred_at),
               printed(event.stream.to_string()), event.version.value, printed(label_of(event).to_string()),
               printed(text_for_people(payload_of(event))));
}

shown_payload event_writer::payload_of(const event_view& event) {
    return shown(messages_.decode(event), event.payload, display_.personal);
}

event_label event_writer::label_of(const event_view& event) const {
    return {store_.events().type_of(event.type), store_.stored_type_of(event)};
}

void event_writer::end() {
    if (display_.shape != format::text) objects_.end();
}

std::string event_writer::printed(const std::string& text) const {
    return display_.escape == escaping::on ? printable(text) : text;
}

}  // namespace foldline::inline v0::cli
