#include "event_row_reader.hpp"

#include "message_json.hpp"
#include "row_values.hpp"

#include <foldline/storage.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

using part = event_part;

bool is_of_metadata(part which) {
    return which == part::correlation_id || which == part::causation_id || which == part::actor;
}

event_cell text_or_null(std::string_view text) { return text.empty() ? event_cell{} : event_cell::text(text); }

}  // namespace

event_row_reader::event_row_reader(const event_store& store, event_table_shape& shape, std::vector<std::size_t> used,
                                   masking personal)
    : store_(store), shape_(shape), used_(std::move(used)), personal_(personal), cells_(used_.size()) {
    needs_message_ = !shape_.list().empty();
    for (std::size_t cell = 0; cell < used_.size(); ++cell) {
        const auto which = shape_.part_at(used_[cell]);
        needs_message_ = needs_message_ || !which || which == part::data;
        if (!which) continue;
        used_parts_.push_back({*which, cell});
        needs_metadata_ = needs_metadata_ || is_of_metadata(*which);
    }
}

void event_row_reader::read(const event_view& event, function_ref<void(std::span<const event_cell>)> sink) {
    std::fill(cells_.begin(), cells_.end(), event_cell{});
    if (needs_metadata_) read_metadata(event);
    for (const used_part& each : used_parts_) read_part(each.which, event, cells_[each.cell]);
    if (!needs_message_) return sink(cells_);

    reading& how = reading_of(event);
    for (const used_part& each : used_parts_)
        if (each.which == part::data) read_data(event, how, cells_[each.cell]);
    if (shape_.list().empty()) {
        if (how.fields && !how.fields->read(encoded(event), cells_.data())) refuse(event, how.fields->why());
        return sink(cells_);
    }
    if (!how.list) return;
    if (!how.list->read(encoded(event), elements_)) refuse(event, how.list->why());
    for (std::size_t index = 0; index < elements_.size(); ++index) {
        for (const used_part& each : used_parts_)
            if (each.which == part::index) cells_[each.cell] = event_cell::of(static_cast<std::int64_t>(index));
        if (how.value) cells_[*how.value] = elements_[index];
        if (how.fields && !how.fields->read(elements_[index].view(), cells_.data())) refuse(event, how.fields->why());
        sink(cells_);
    }
}

event_row_reader::reading& event_row_reader::reading_of(const event_view& event) {
    if (event.message) {
        auto& known = by_class_[event.message->GetDescriptor()];
        if (!known)
            known =
                plan(event.message->GetReflection()->GetMessageFactory()->GetPrototype(event.message->GetDescriptor()));
        return *known;
    }
    const auto type = static_cast<std::size_t>(event.type);
    if (by_type_.size() <= type) by_type_.resize(type + 1);
    if (!by_type_[type]) by_type_[type] = plan(shape_.classes().prototype_of(store_.type_of(event.type)));
    return *by_type_[type];
}

std::unique_ptr<event_row_reader::reading> event_row_reader::plan(const google::protobuf::Message* prototype) {
    auto made = std::make_unique<reading>();
    made->prototype = prototype;
    if (!prototype || shape_.event_name().empty()) return made;
    const event_table_shape::filled& by = shape_.filled_by(*prototype->GetDescriptor());
    std::vector<wanted_column> wanted;
    for (std::size_t i = 0; i < by.columns.size(); ++i) {
        const auto cell = std::find(used_.begin(), used_.end(), by.places[i]);
        if (cell == used_.end()) continue;
        wanted.push_back({&by.columns[i], static_cast<std::size_t>(cell - used_.begin())});
    }
    const google::protobuf::Message* decoded = prototype;
    if (!shape_.list().empty()) {
        if (!by.list) return made;
        made->list.emplace(*by.list, personal_);
        const auto* element = by.list->path.back()->message_type();
        if (!element) {
            if (!wanted.empty()) made->value = wanted.front().cell;
            return made;
        }
        decoded = prototype->GetReflection()->GetMessageFactory()->GetPrototype(element);
    }
    if (!wanted.empty()) made->fields.emplace(*decoded, wanted, personal_);
    return made;
}

void event_row_reader::read_part(part which, const event_view& event, event_cell& cell) {
    switch (which) {
        case part::position: cell = event_cell::of(event.position.value); return;
        case part::version: cell = event_cell::of(event.version.value); return;
        case part::part: cell = event_cell::of(std::int64_t{event.part}); return;
        case part::recorded_at_us: cell = event_cell::of(micros(event.recorded_at)); return;
        case part::occurred_at_us: cell = event_cell::of(micros(event.occurred_at)); return;
        case part::category: cell = event_cell::text(event.stream.category); return;
        case part::id: cell = event_cell::text(event.stream.id); return;
        case part::type: cell = event_cell::text(store_.type_of(event.type).name); return;
        case part::schema_version: cell = event_cell::of(std::int64_t{store_.type_of(event.type).version}); return;
        case part::correlation_id: cell = text_or_null(correlation_); return;
        case part::causation_id: cell = text_or_null(causation_); return;
        case part::actor: cell = text_or_null(actor_); return;
        case part::recorded_at: cell = text_or_null(text_of_time(micros(event.recorded_at), recorded_)); return;
        case part::occurred_at: cell = text_or_null(text_of_time(micros(event.occurred_at), occurred_)); return;
        case part::event_id: cell = event_cell::text(id_ = event.id.to_string()); return;
        case part::stream:
            stream_.assign(event.stream.category).append(1, '-').append(event.stream.id);
            cell = event_cell::text(stream_);
            return;
        case part::metadata:
            if (event.metadata.empty()) return;
            metadata_.clear();
            try {
                append_metadata_json(metadata_, event.metadata);
            } catch (const event_failure&) {
                refuse(event, "its metadata does not decode");
            }
            cell = event_cell::text(metadata_);
            return;
        case part::data:
        case part::index: return;
    }
}

void event_row_reader::read_metadata(const event_view& event) {
    using message = storage::Metadata;
    correlation_ = causation_ = actor_ = {};
    wire_reader fields{event.metadata};
    while (fields.next()) {
        if (fields.wire_type() != wire_reader::type::bytes) continue;
        if (fields.number() == message::kCorrelationIdFieldNumber) correlation_ = fields.bytes();
        if (fields.number() == message::kCausationIdFieldNumber) causation_ = fields.bytes();
        if (fields.number() == message::kActorFieldNumber) actor_ = fields.bytes();
    }
    if (!fields.is_sound()) refuse(event, "its metadata does not decode");
}

void event_row_reader::read_data(const event_view& event, reading& how, event_cell& cell) {
    const google::protobuf::Message* read = event.message;
    if (!read) {
        if (!how.prototype) return;
        if (!how.reused) how.reused.reset(how.prototype->New());
        const google::protobuf::LogSilencer quiet;
        if (!how.reused->ParseFromArray(event.payload.data(), static_cast<int>(event.payload.size())))
            refuse(event, "its bytes are no such message");
        read = how.reused.get();
    }
    data_.clear();
    append_json(data_, *read, personal_);
    cell = event_cell::text(data_);
}

/// A message that a decorator made is few of all events: it costs less to write it than to keep a second way of
/// reading.
std::string_view event_row_reader::encoded(const event_view& event) {
    if (!event.message) return event.payload;
    if (!event.message->SerializePartialToString(&upcast_)) refuse(event, "what it was upcast to cannot be encoded");
    return upcast_;
}

void event_row_reader::refuse(const event_view& event, const std::string& why) const {
    throw event_failure(store_.type_of(event.type), event.stream, event.version, event.position, why);
}

}  // namespace foldline::inline v0::sqlite
