#pragma once

#include "event_cell.hpp"

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// How a field becomes a value of SQL.
enum class column_form {
    value,  ///< a number, a text, bytes, the name of an enum's value
    time,   ///< a google.protobuf.Timestamp, as the text of `time_text`
    json,   ///< anything that has no columns of its own: lists, maps, messages that hold themselves
};

/// A column that the class of a message gives. `path` leads from the message to the field.
///
/// value; its descriptors are borrowed.
struct message_column {
    std::string name;      ///< of the fields, joined by dots
    std::string declared;  ///< INTEGER, REAL, TEXT, BLOB; or nothing, which SQLite compares as it is
    column_form form = column_form::value;
    std::vector<const google::protobuf::FieldDescriptor*> path;
    bool is_hidden = false;    ///< not a part of `select *`, since other columns say the same
    bool is_personal = false;  ///< the field, or one that it is a part of
};

/// Fields of messages that are not repeated become columns by dotted names, and the message itself a hidden column with
/// its JSON, which is null where it is absent. Absent fields that have a presence are null, and so are those of an
/// absent message; other absent fields have their defaults.
[[nodiscard]] std::vector<message_column> columns_of(const google::protobuf::Descriptor& message);

/// The columns of the elements of a repeated field: `value`; of a map `key` and `value`; or those of the message.
[[nodiscard]] std::vector<message_column> columns_of_elements(const message_column& list);

/// The columns that hold lists or maps, each of which has a table of its elements.
[[nodiscard]] std::vector<message_column> lists_of(const google::protobuf::Descriptor& message);

/// The columns of a table whose rows come of several classes of messages: those of the same name are one.
///
/// confined.
class table_columns {
public:
    struct column {
        std::string name;
        std::string declared;
        bool is_hidden = false;
        /// Whether equal values are equal bytes of one kind.
        bool is_exact = true;
    };

    /// `fixed`: what stands before the fields of messages. A field that has the name of another column, in any case of
    /// letters, is called `data.NAME`.
    explicit table_columns(std::vector<column> fixed);

    /// Gives the place of each of these columns.
    std::vector<std::size_t> add(const std::vector<message_column>& of_message);
    /// The same for a class that is met when the table is made already: `no_place` for columns that it does not have.
    [[nodiscard]] std::vector<std::size_t> places_of(const std::vector<message_column>& of_message) const;
    static constexpr std::size_t no_place = static_cast<std::size_t>(-1);

    [[nodiscard]] const std::vector<column>& all() const { return columns_; }
    [[nodiscard]] std::size_t fixed() const { return fixed_; }

private:
    [[nodiscard]] std::string free_name(std::string name) const;

    std::vector<column> columns_;
    std::size_t fixed_;
    std::map<std::string, std::size_t, std::less<>> by_field_;
};

/// Whether two names are one to SQLite.
[[nodiscard]] bool is_same_name(std::string_view one, std::string_view other);

}  // namespace foldline::inline v0::sqlite
