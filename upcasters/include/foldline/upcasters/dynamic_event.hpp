#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// A look at a message by the names of its fields, for code that reads events of a class that is no longer there.
///
///     made.set_total_pence(old.integer("total_pence"));
///     made.set_city(old.text("customer.address.city"));
///     for (std::size_t i = 0; i < old.count("lines"); ++i) weigh(old.at("lines", i).natural("grams"));
///
/// A path is names with dots between them, and `[2]` behind a repeated one. A value that the message does not have is
/// the field's default, as generated code has it.
///
/// Fails: `definition_error` for a name that the message does not have, and for a value of another kind; it says which,
///        and what there is. `error` for a number that the result cannot hold, and for an index beyond the last.
///
/// value, of borrowed parts: the message outlives it.
class dynamic_event {
public:
    explicit dynamic_event(const google::protobuf::Message& message) : message_(&message) {}

    /// A whole number of any width, or the number of an enum value.
    [[nodiscard]] std::int64_t integer(std::string_view path) const;
    /// The same, for those that are not negative.
    [[nodiscard]] std::uint64_t natural(std::string_view path) const;
    /// A `float` or `double`.
    [[nodiscard]] double real(std::string_view path) const;
    [[nodiscard]] bool flag(std::string_view path) const;
    [[nodiscard]] std::string text(std::string_view path) const;
    [[nodiscard]] std::string bytes(std::string_view path) const;
    /// The name of an enum value; its number in digits where the schema has no name for it.
    [[nodiscard]] std::string choice(std::string_view path) const;

    /// Whether there is a value: of a field whose absence cannot be told from its default, one that is not the default;
    /// of a repeated field, at least one.
    [[nodiscard]] bool has(std::string_view path) const;
    /// How many values a repeated field, or entries a map has.
    [[nodiscard]] std::size_t count(std::string_view path) const;
    /// The message that a field holds; an empty one where it is absent.
    [[nodiscard]] dynamic_event at(std::string_view path) const;
    /// The message at `index` of a repeated field. An entry of a map is a message with the fields `key` and `value`; the
    /// entries are in no particular order.
    [[nodiscard]] dynamic_event at(std::string_view path, std::size_t index) const;
    /// The entry of a map with this key, in digits or `true` and `false` where the keys are such. Throws `error` if
    /// there is none.
    [[nodiscard]] dynamic_event entry(std::string_view path, std::string_view key) const;
    [[nodiscard]] bool has_entry(std::string_view path, std::string_view key) const;

    [[nodiscard]] const google::protobuf::Message& message() const { return *message_; }

private:
    const google::protobuf::Message* message_;
};

}  // namespace foldline::inline v0
