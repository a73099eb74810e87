#pragma once

#include "event_table_shape.hpp"
#include "wire_columns.hpp"

#include <foldline/core/event_store.hpp>
#include <foldline/core/function_ref.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace foldline::inline v0::sqlite {

/// Makes rows of events: of each only the columns that are asked for.
///
/// confined. The store and the shape outlive it.
class event_row_reader {
public:
    /// `used`: columns of the table, in order; a row has a cell for each.
    event_row_reader(const event_store& store, event_table_shape& shape, std::vector<std::size_t> used,
                     masking personal);

    /// The cells of each row live until `sink` returns. Throws `event_failure` for an event that does not decode.
    void read(const event_view& event, function_ref<void(std::span<const event_cell>)> sink);

    [[nodiscard]] const std::vector<std::size_t>& used() const { return used_; }

private:
    /// How the messages of one class are read.
    struct reading {
        const google::protobuf::Message* prototype = nullptr;
        std::optional<wire_columns> fields;
        std::optional<wire_elements> list;
        std::optional<std::size_t> value;  ///< the cell of an element that is no message
        message_ptr reused;
    };

    [[nodiscard]] reading& reading_of(const event_view& event);
    [[nodiscard]] std::unique_ptr<reading> plan(const google::protobuf::Message* prototype);
    void read_part(event_part which, const event_view& event, event_cell& cell);
    void read_metadata(const event_view& event);
    void read_data(const event_view& event, reading& how, event_cell& cell);
    [[nodiscard]] std::string_view encoded(const event_view& event);
    [[noreturn]] void refuse(const event_view& event, const std::string& why) const;

    const event_store& store_;
    event_table_shape& shape_;
    std::vector<std::size_t> used_;
    masking personal_;
    struct used_part {
        event_part which;
        std::size_t cell;
    };
    std::vector<used_part> used_parts_;
    bool needs_message_ = false;
    bool needs_metadata_ = false;
    std::vector<std::unique_ptr<reading>> by_type_;
    std::map<const google::protobuf::Descriptor*, std::unique_ptr<reading>> by_class_;  // of messages of a decorator
    std::vector<event_cell> cells_;
    std::vector<event_cell> elements_;
    // What cells point to.
    std::string stream_, metadata_, data_, upcast_, id_;
    time_text recorded_{}, occurred_{};
    std::string_view correlation_, causation_, actor_;
};

}  // namespace foldline::inline v0::sqlite
