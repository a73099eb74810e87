#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/projections/sql_session.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// A table that a projection keeps. Statements name it as `name`.
struct read_model_table {
    std::string name;
    std::string create;  ///< `create table name (…)`, and its indexes and triggers, statements separated by `;`
};

/// A kind of event that a projection wants.
struct projected_event {
    event_type type;
    message_ptr (*new_message)();
};

/// Turns events into a read model. The same events in the same order give the same rows: `apply` asks no clock and
/// keeps nothing outside its tables.
///
/// confined: applied by one thread at a time.
class projection {
public:
    virtual ~projection() = default;

    /// Stable: checkpoints and rebuilds go by it. `[a-z][a-z0-9_]*`, at most 100 bytes.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Raised whenever the same events would give other rows; the read model is rebuilt then.
    [[nodiscard]] virtual std::uint32_t version() const = 0;
    [[nodiscard]] virtual std::span<const read_model_table> tables() const = 0;
    [[nodiscard]] virtual std::span<const projected_event> events() const = 0;

    /// `message` is an event of `events()[wanted]`.
    virtual void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
                       sql_session& rows) = 0;
};

/// Throws `definition_error` unless `name` is one for a projection.
void require_projection_name(std::string_view name);

}  // namespace foldline::inline v0
