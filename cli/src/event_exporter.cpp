#include "event_exporter.hpp"

#include "personal_fields.hpp"
#include "shown_payload.hpp"

#include <foldline/core/error.hpp>
#include <foldline/sqlite/kept_schemas.hpp>
#include <foldline/sqlite/kept_upcasters.hpp>

#include <stdexcept>
#include <utility>

namespace foldline::inline v0::cli {

event_exporter::event_exporter(std::FILE* out, const sqlite::database& file, const event_store& store,
                               personal_data personal)
    : out_(out), file_(file), store_(store), personal_(personal), messages_(store) {}

void event_exporter::begin(const exported_store& about) {
    source_ = about.source();
    head_ = about.head;
    write_line(line_of(about));
    for (const declared_upcaster& step : sqlite::kept_upcasters(file_)) write_line(line_of(step, source_));
}

void event_exporter::write(const event_view& event) {
    known_type& known = type_of(event);
    exported_payload payload = payload_of(event, known);
    ++events_;
    masked_ += payload.is_masked ? 1 : 0;
    write_line(line_of(event, known.type, std::move(payload), write_size_of(event), source_));
}

void event_exporter::end() {
    const export_end last{events_, checksum_.value()};
    write_line(line_of(last, source_));
    if (std::fflush(out_) != 0) throw std::runtime_error("the output could not be written");
}

void event_exporter::write_line(const nlohmann::ordered_json& line) {
    const std::string text = sealed(text_of(line, escaping::on)) + "\n";
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
    for (const sqlite::kept_schema& kept : sqlite::kept_schemas(file_, known->type))
        if (kept.first_position <= head_) write_schema(kept, ++revision, *known);
    return *known;
}

void event_exporter::write_schema(const sqlite::kept_schema& kept, std::size_t revision, known_type& of) {
    write_line(line_of(kept, revision, source_));
    try {
        of.codec.emplace(kept.schema);
    } catch (const definition_error&) {
        return;  // its events are written as bytes
    }
    of.schema = uri_of(kept.schema);
    // A field that a later revision has no more may still be in old events.
    of.may_hold_personal_data |= may_hold_personal_data(of.codec->schema().descriptor());
}

/// The events of one write lie together, and none but the first begins another one.
std::size_t event_exporter::write_size_of(const event_view& event) {
    if (event.position <= write_ends_) return 0;
    const auto written = store_.find_append(event.id);
    if (!written) return 0;
    write_ends_ = event.position.next(static_cast<std::int64_t>(written->count) - 1);
    return written->count;
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
