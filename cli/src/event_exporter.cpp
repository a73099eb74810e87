#include "event_exporter.hpp"

#include "personal_fields.hpp"
#include "shown_payload.hpp"

#include <foldline/core/error.hpp>

#include <stdexcept>
#include <utility>

namespace foldline::inline v0::cli {
event_exporter::event_exporter(std::FILE* out, const event_store& store, personal_data personal)
    : out_(out), store_(store), personal_(personal), messages_(store) {}

void event_exporter::begin(const exported_store& about) {
    source_ = about.source();
    write_line(line_of(about));
}

void event_exporter::write(const event_view& event) {
    known_type& known = type_of(event);
    const exported_payload payload = payload_of(event, known);
    const auto written = store_.find_append(event.id);
    write_line(line_of(event, known.type, payload, written ? written->count : 0, source_));
    ++events_;
    masked_ += payload.is_masked ? 1 : 0;
}

void event_exporter::end() {
    const export_end last{events_, checksum_.value()};
    write_line(line_of(last, source_));
    if (std::fflush(out_) != 0) throw std::runtime_error("the output could not be written");
}

void event_exporter::write_line(const nlohmann::ordered_json& line) {
    const std::string text = text_of(line, escaping::on) + "\n";
    checksum_.add(text);
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size())
        throw std::runtime_error("the output could not be written");
}

event_exporter::known_type& event_exporter::type_of(const event_view& event) {
    auto& known = types_[event.type];
    if (known) return *known;
    known = std::make_unique<known_type>();
    known->type = store_.type_of(event.type);
    std::size_t revision = 0;
    for (const event_schema& schema : store_.stored_schemas(known->type)) {
        write_line(line_of(schema, ++revision, source_));
        try {
            known->codec.emplace(schema);
        } catch (const definition_error&) {
            continue;  // its events are written as bytes
        }
        known->schema = uri_of(schema);
        // A field that a later revision has no more may still be in old events.
        known->may_hold_personal_data |= may_hold_personal_data(known->codec->schema().descriptor());
    }
    return *known;
}

exported_payload event_exporter::payload_of(const event_view& event, known_type& known) {
    if (personal_ == personal_data::masked && known.may_hold_personal_data)
        if (auto masked = masked_payload_of(event)) {
            masked->schema = known.schema;
            return *std::move(masked);
        }
    exported_payload payload;
    payload.schema = known.schema;
    auto data = known.codec ? known.codec->json_of(event.payload) : std::nullopt;
    if (data) {
        payload.data = *std::move(data);
        payload.hash = checksum_of(event.payload);
    } else {
        payload.bytes = event.payload;
    }
    return payload;
}

std::optional<exported_payload> event_exporter::masked_payload_of(const event_view& event) {
    const stored_message found = messages_.decode(event);
    shown_payload masked = shown(found, event.payload, personal_data::masked);
    const bool is_whole = masked.problem.empty() && !masked.data.is_null() &&
                          masked.data == shown(found, event.payload, personal_data::shown).data;
    if (is_whole) return std::nullopt;
    exported_payload payload;
    payload.data = std::move(masked.data);
    payload.is_masked = true;
    return payload;
}

}  // namespace foldline::inline v0::cli
