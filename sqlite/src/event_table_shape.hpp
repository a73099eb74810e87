#pragma once

#include "event_classes.hpp"
#include "event_columns.hpp"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// What the store knows of an event beside its message.
enum class event_part : std::uint8_t {
    position,
    stream,
    category,
    id,
    version,
    type,
    schema_version,
    event_id,
    recorded_at,
    occurred_at,
    correlation_id,
    causation_id,
    actor,
    metadata,
    data,
    recorded_at_us,
    occurred_at_us,
    part,
    index,
};

/// Which rows a table has, and which columns.
///
/// Threads: shared, once its columns were asked for.
class event_table_shape {
public:
    /// The columns that one class of messages fills, and their places among those of the table.
    struct filled {
        std::vector<message_column> columns;
        std::vector<std::size_t> places;
        std::optional<message_column> list;  ///< whose elements are the rows
    };

    /// All events.
    explicit event_table_shape(event_classes& classes);
    /// Those of one name; or the elements of a list of theirs.
    event_table_shape(event_classes& classes, std::string event_name, std::string list = {});

    /// Empty: every name.
    [[nodiscard]] const std::string& event_name() const { return event_name_; }
    /// Empty: a row is an event.
    [[nodiscard]] const std::string& list() const { return list_; }
    [[nodiscard]] event_classes& classes() const { return *classes_; }

    /// The columns; made of the schemas at the first call.
    [[nodiscard]] const table_columns& columns();
    [[nodiscard]] const std::vector<event_part>& parts() const { return parts_; }
    /// The place of a column for a part; empty if the table has none.
    [[nodiscard]] std::optional<event_part> part_at(std::size_t column) const;
    [[nodiscard]] const filled& filled_by(const google::protobuf::Descriptor& message);

private:
    [[nodiscard]] filled fill(const google::protobuf::Descriptor& message) const;

    event_classes* classes_;
    std::string event_name_;
    std::string list_;
    std::vector<event_part> parts_;
    std::optional<table_columns> columns_;
    std::mutex filling_;  // of the classes that are known; one that is stays
    std::map<const google::protobuf::Descriptor*, filled> by_class_;
};

}  // namespace foldline::inline v0::sqlite
