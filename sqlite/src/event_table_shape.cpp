#include "event_table_shape.hpp"

#include <algorithm>
#include <utility>

namespace foldline::inline v0::sqlite {
namespace {

using part = event_part;

table_columns::column column_of(part which) {
    switch (which) {
        case part::position: return {"position", "INTEGER"};
        case part::stream: return {"stream", "TEXT"};
        case part::category: return {"category", "TEXT"};
        case part::id: return {"id", "TEXT"};
        case part::version: return {"version", "INTEGER"};
        case part::type: return {"type", "TEXT"};
        case part::schema_version: return {"schema_version", "INTEGER"};
        case part::event_id: return {"event_id", "TEXT"};
        case part::recorded_at: return {"recorded_at", "TEXT"};
        case part::occurred_at: return {"occurred_at", "TEXT"};
        case part::correlation_id: return {"correlation_id", "TEXT"};
        case part::causation_id: return {"causation_id", "TEXT"};
        case part::actor: return {"actor", "TEXT"};
        case part::metadata: return {"metadata", "TEXT"};
        case part::data: return {"data", "TEXT"};
        case part::recorded_at_us: return {"recorded_at_us", "INTEGER", true};
        case part::occurred_at_us: return {"occurred_at_us", "INTEGER", true};
        case part::part: return {"event_part", "INTEGER", true};
        case part::index: return {"index", "INTEGER"};
    }
    return {};
}

std::vector<part> parts_of_events() {
    return {part::position,       part::stream,         part::category, part::id,          part::version,
            part::type,           part::schema_version, part::event_id, part::recorded_at, part::occurred_at,
            part::correlation_id, part::causation_id,   part::actor,    part::metadata,    part::data,
            part::recorded_at_us, part::occurred_at_us, part::part};
}

std::vector<part> parts_of_one_name(bool of_list) {
    if (of_list) return {part::position, part::stream, part::version, part::index, part::part};
    auto parts = parts_of_events();
    std::erase_if(parts, [](part each) { return each == part::type || each == part::data; });
    return parts;
}

}  // namespace

event_table_shape::event_table_shape(event_classes& classes) : classes_(&classes), parts_(parts_of_events()) {}

event_table_shape::event_table_shape(event_classes& classes, std::string event_name, std::string list)
    : classes_(&classes),
      event_name_(std::move(event_name)),
      list_(std::move(list)),
      parts_(parts_of_one_name(!list_.empty())) {}

const table_columns& event_table_shape::columns() {
    if (columns_) return *columns_;
    std::vector<table_columns::column> fixed;
    for (const part each : parts_) fixed.push_back(column_of(each));
    table_columns made{std::move(fixed)};
    if (!event_name_.empty())
        for (const auto* prototype : classes_->prototypes_of(event_name_)) {
            filled by = fill(*prototype->GetDescriptor());
            by.places = made.add(by.columns);
            by_class_.emplace(prototype->GetDescriptor(), std::move(by));
        }
    return columns_.emplace(std::move(made));
}

std::optional<part> event_table_shape::part_at(std::size_t column) const {
    if (column >= parts_.size()) return std::nullopt;
    return parts_[column];
}

const event_table_shape::filled& event_table_shape::filled_by(const google::protobuf::Descriptor& message) {
    const std::scoped_lock lock{filling_};
    const auto known = by_class_.find(&message);
    if (known != by_class_.end()) return known->second;
    filled by = fill(message);
    by.places = columns().places_of(by.columns);
    return by_class_.emplace(&message, std::move(by)).first->second;
}

event_table_shape::filled event_table_shape::fill(const google::protobuf::Descriptor& message) const {
    filled by;
    if (list_.empty()) {
        by.columns = columns_of(message);
        return by;
    }
    for (message_column& each : lists_of(message))
        if (each.name == list_) by.list = std::move(each);
    if (by.list) by.columns = columns_of_elements(*by.list);
    return by;
}

}  // namespace foldline::inline v0::sqlite
