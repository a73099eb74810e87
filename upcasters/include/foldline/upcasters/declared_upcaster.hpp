#pragma once

#include <foldline/core/event_type.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace foldline::inline v0 {

/// What a whole number is multiplied by while it moves: `multiplied_by{100}`, or `multiplied_by{1, 100}` for a
/// hundredth. A result that is not whole is refused, as one that does not fit.
///
/// value.
struct multiplied_by {
    std::int64_t factor = 1;
    std::int64_t divisor = 1;

    friend auto operator<=>(const multiplied_by&, const multiplied_by&) = default;
};

/// An upcaster that is data and not code: a program applies it to messages of any class, also to those that are made of
/// stored schemas, and a store keeps it beside them.
///
///     declared_upcaster{{"order-placed", 1}, {"order-placed", 2}}
///         .move("total_pence", "total_e4", multiplied_by{100})
///         .move("lines.price", "lines.unit_price")
///         .fill("currency", "GBP")
///         .leave_out("note");
///
/// Whatever no rule speaks of is carried over to the field of the same name: nested messages field by field, repeated
/// fields and maps value by value, numbers wherever the value fits, enum values by their numbers. An old field without
/// a place must be left out by a rule, so that nothing is lost by a slip. Fields that the old schema does not know
/// (a newer program wrote them) stay, unless the new one gives their number a meaning of its own.
///
/// Paths are names with dots between them. Where a part of a path is repeated the rule holds for each of its messages;
/// of a move both paths then begin with that part. The order of the rules makes no difference.
///
/// value.
class declared_upcaster {
public:
    struct moved {
        std::string from;
        std::string to;
        multiplied_by scale{};

        friend auto operator<=>(const moved&, const moved&) = default;
    };
    struct filled {
        std::string path;
        std::string value;

        friend auto operator<=>(const filled&, const filled&) = default;
    };

    /// The names are copied. Throws `definition_error` for a name or a version that no event has, and for a step that
    /// leads to where it starts.
    declared_upcaster(event_type from, event_type to);
    /// One that makes nothing of the old event.
    [[nodiscard]] static declared_upcaster dropping(event_type from);

    // Each throws `definition_error` for a rule that contradicts an earlier one, and for one of an upcaster that drops.

    /// The value of `from` becomes that of `to`. One old value may move to several places.
    declared_upcaster& move(std::string from, std::string to, multiplied_by scale = {});
    /// Where the result would not have a value there (of a field whose absence cannot be told: where it would be the
    /// default), this one: digits, `true` or `false`, the name of an enum value, or the text itself. A message on the
    /// way to it is made; of a `oneof`, nothing is filled while another member is set.
    declared_upcaster& fill(std::string path, std::string value);
    /// The old value goes nowhere.
    declared_upcaster& leave_out(std::string path);

    /// What the result is made of, for readers that have no class for it and a store that has no such event yet. A chain
    /// that leads the step to a class of its program says it by itself. Throws `definition_error` for the schema of
    /// another event.
    declared_upcaster& describe_result(const event_schema& made);

    /// Its name is borrowed from the upcaster.
    [[nodiscard]] event_type from() const { return {from_.name, from_.version}; }
    /// Absent: the old event is dropped.
    [[nodiscard]] std::optional<event_type> to() const;
    /// As `describe_result` told it; its name is borrowed from the upcaster.
    [[nodiscard]] std::optional<event_schema> made() const;
    [[nodiscard]] const std::vector<moved>& moves() const { return moves_; }
    [[nodiscard]] const std::vector<filled>& fills() const { return fills_; }
    [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

    /// Throws `definition_error` with a line for each rule that does not suit these two schemas, and for each field
    /// that has nowhere to go. What it lets through fails in `apply` only over values: a number that does not fit, two
    /// old values for one `oneof`, an extension.
    void check(const google::protobuf::Descriptor& old, const google::protobuf::Descriptor& made) const;
    /// Overwrites `made`. Throws `definition_error` for a rule that `check` would have refused, as far as it is met,
    /// and `error` for a value that the new schema cannot hold; `made` is then half made. Threads: shared.
    /// Looks its names up each time, which takes longer than the rest: an `upcasting_event_store` does it once.
    void apply(const google::protobuf::Message& old, google::protobuf::Message& made) const;

    /// A `foldline.upcasting.DeclaredUpcaster` message; equal upcasters give the same bytes for ever. Throws
    /// `invalid_request` for a rule that is not UTF-8.
    [[nodiscard]] std::string encode() const;
    /// Written `order-placed@1 -> order-placed@2: total_pence * 100 -> total_e4, currency = "GBP", without note`.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const declared_upcaster&, const declared_upcaster&) = default;

private:
    struct owned_type {
        std::string name;
        std::uint32_t version = 0;

        friend bool operator==(const owned_type&, const owned_type&) = default;
    };

    explicit declared_upcaster(event_type from);
    void require_result(std::string_view rule) const;

    owned_type from_;
    owned_type to_;             // version 0: dropped
    std::vector<moved> moves_;  // each list sorted: equal ones are of equal bytes
    std::vector<filled> fills_;
    std::vector<std::string> left_out_;
    std::string made_message_;  // empty: not described
    std::string made_descriptor_set_;
};

/// Reads what `encode` gave. Throws `definition_error` for other bytes, and for rules of a newer foldline.
[[nodiscard]] declared_upcaster decode_declared_upcaster(std::string_view bytes);

}  // namespace foldline::inline v0
