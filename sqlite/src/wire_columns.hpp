#pragma once

#include "event_cell.hpp"
#include "event_columns.hpp"
#include "wire_reader.hpp"

#include <google/protobuf/message.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0::sqlite {

/// `2010-12-01T08:26:00.250000Z`: always of this width, so that texts have the order of the times.
using time_text = std::array<char, 32>;
[[nodiscard]] std::string_view text_of_time(std::int64_t micros_since_1970, time_text& buffer);

/// Turns the encoded value of a field into SQL's.
class wire_value {
public:
    wire_value(const google::protobuf::FieldDescriptor& field, bool is_masked);

    [[nodiscard]] wire_reader::type encoded_as() const { return encoded_as_; }
    [[nodiscard]] const google::protobuf::FieldDescriptor& field() const { return *field_; }
    /// Null where a closed enum does not know the number: Protobuf takes the field for an unknown one then.
    [[nodiscard]] event_cell number(std::uint64_t value) const;
    /// False where a text is not UTF-8 and has to be.
    bool take(const wire_reader& from, event_cell& into) const;
    [[nodiscard]] event_cell default_value() const;

private:
    [[nodiscard]] event_cell name_of(std::int32_t number) const;

    const google::protobuf::FieldDescriptor* field_;
    wire_reader::type encoded_as_;
    bool is_masked_;
    std::vector<std::string_view> names_;  // of an enum's first values
};

/// A column that is asked for, and the cell that it goes to.
struct wanted_column {
    const message_column* column;
    std::size_t cell;
};

/// Decodes the fields that are asked for from the bytes of messages of one class, and passes over all others. As
/// Protobuf does it: of a field that comes twice the last one holds, and messages are merged; a field of another type
/// than its own is an unknown one; of a oneof the last member holds.
///
/// confined. Descriptors and prototype outlive it.
class wire_columns {
public:
    wire_columns(const google::protobuf::Message& prototype, std::span<const wanted_column> wanted, masking personal);

    /// Writes the cells that are asked for. False if the bytes are no such message: `why` says what is wrong. What
    /// cells point to lives as long as the bytes, and until the next read.
    bool read(std::string_view encoded, event_cell* cells);
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    static constexpr int none = -1;
    struct entry {
        wire_value value;
        int cell = none;
        int node = none;
        int slot = none;
        bool is_in_oneof = false;
    };
    struct default_cell {
        std::size_t cell;
        event_cell value;
    };
    /// A message on the way to a field.
    struct node {
        std::vector<std::int16_t> by_number;  // place among the entries, of the first numbers
        std::vector<entry> entries;
        std::vector<default_cell> defaults;
        bool is_seen = false;
    };
    /// What can be told only when the whole message was passed.
    struct slot {
        const google::protobuf::Message* prototype = nullptr;  ///< of JSON: the class that has the field
        const google::protobuf::FieldDescriptor* field = nullptr;
        std::size_t cell = 0;
        bool is_masked = false;
        bool is_seen = false;
        std::int64_t seconds = 0;
        std::int64_t nanos = 0;
        time_text time{};
        std::string bytes;
        std::string text;
    };

    void want(const wanted_column& wanted);
    int child(int at, const google::protobuf::FieldDescriptor& field);
    entry& entry_of(int at, const google::protobuf::FieldDescriptor& field);
    [[nodiscard]] entry* find(node& in, std::uint32_t number);
    bool walk(std::string_view encoded, int at, event_cell* cells);
    bool take(entry& met, const wire_reader& field, event_cell* cells);
    bool take_time(slot& into, std::string_view encoded);
    void see(int at, event_cell* cells);
    void clear(entry& member, event_cell* cells);
    void clear_others(node& in, const entry& met, event_cell* cells);
    bool finish(slot& done, event_cell* cells);
    bool fail(std::string why);

    masking personal_;
    const google::protobuf::Message& prototype_;
    std::vector<node> nodes_;
    std::vector<slot> slots_;
    std::vector<std::size_t> cells_;
    std::string why_;
};

/// The elements of one repeated field, or the entries of a map.
///
/// confined. Descriptors outlive it.
class wire_elements {
public:
    wire_elements(const message_column& list, masking personal);

    /// Of a message its bytes, as a blob; of anything else its value. They live as long as the bytes. False if those
    /// are no such message.
    bool read(std::string_view encoded, std::vector<event_cell>& elements);
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    bool walk(std::string_view encoded, std::size_t depth, std::vector<event_cell>& elements);
    bool take(wire_reader& field, std::vector<event_cell>& elements);
    void keep_last_of_each_key(std::vector<event_cell>& entries) const;

    std::vector<const google::protobuf::FieldDescriptor*> path_;
    wire_value value_;
    std::string why_;
};

}  // namespace foldline::inline v0::sqlite
