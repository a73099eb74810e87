#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_view.hpp>
#include <foldline/projections/partition.hpp>
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
/// keeps nothing outside its tables. Where and when it runs is for whoever drives it: a `projector` (rows in a file of
/// their own), a store that takes it as an inline projection, a rebuild, a test.
///
/// What fails in `apply` or `flush` takes with it what was not flushed: the driver calls `rolled_back` then.
///
/// A driver calls `apply` any number of times, then `flush`; then `committed` if what was applied since the last
/// `committed` is stored now, or `rolled_back` if none of it is.
///
/// confined: driven by one thread at a time.
class projection {
public:
    virtual ~projection() = default;

    /// Stable: checkpoints and rebuilds go by it. `[a-z][a-z0-9_]*`, at most 100 bytes.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Raised whenever the same events would give other rows; the read model is rebuilt then.
    [[nodiscard]] virtual std::uint32_t version() const = 0;
    [[nodiscard]] virtual std::span<const read_model_table> tables() const = 0;
    [[nodiscard]] virtual std::span<const projected_event> events() const = 0;

    /// `message` is an event of `events()[wanted]`. Throws whatever it likes: the driver's policy says what becomes of
    /// the event. `unavailable` says that the event is not to blame.
    virtual void apply(std::size_t wanted, const google::protobuf::Message& message, const event_view& event,
                       sql_session& rows) = 0;

    /// Writes what `apply` has held back in order to write it once.
    virtual void flush(sql_session& rows);
    /// Forgets what was applied and not committed, and whatever it remembers of its rows: they may be others now. Throws
    /// nothing.
    virtual void rolled_back();
    /// `position`: where the rows stand now.
    virtual void committed(global_position position);

    /// Said by a driver that has a claim on `part`, before the events of it: nobody else moves that part on until
    /// `rolled_back`. Of the whole, nobody else changes any of its rows. A driver without claims says nothing.
    virtual void entrusted(partition part);

    /// Said before and after a rebuild: while it lasts the events are applied once more, so whatever has an effect outside
    /// the rows (a mail, a call) is left out.
    virtual void rebuilding(bool now);

    /// Removes what the events of one order key have made, so that it can be made anew; false, and nothing done, where
    /// that cannot be told apart from what others have made.
    virtual bool erase_key(std::string_view order_key, sql_session& rows);

    /// Whether events are kept in order by something else than their stream: then `order_key` is asked. What shares an
    /// order key is applied in order, by one worker at a time, and waits while an event before it is parked.
    [[nodiscard]] virtual bool has_order_key() const;
    [[nodiscard]] virtual std::string order_key(std::size_t wanted, const google::protobuf::Message& message,
                                                const event_view& event) const;
};

/// Throws `definition_error` unless `name` is one for a projection.
void require_projection_name(std::string_view name);

/// What rows depend on, a line for each thing: the name and version, each table's statements, each type of event. Kept
/// beside the rows, so that a program that means something else by the same version is found out.
[[nodiscard]] std::string definition_of(const projection& projection);

/// What differs between two definitions, in one sentence for people: "the table sales is made by other statements; it
/// now also handles order-placed@3". Empty if nothing does.
[[nodiscard]] std::string definition_difference(std::string_view stored, std::string_view present);

/// A handler cannot reach what it calls (a service, a broker); nothing is wrong with the event. It is tried again until
/// it works, and never parked.
class unavailable : public error {
public:
    using error::error;
};

}  // namespace foldline::inline v0
