#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0 {

/// 128 bits that name one thing in the world (RFC 9562), in network byte order.
///
/// value.
struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    /// The 36 characters of RFC 9562, in lower case.
    [[nodiscard]] std::string to_string() const;
    /// Reads those 36 characters, in either case; nothing else is taken for a UUID.
    [[nodiscard]] static std::optional<uuid> parse(std::string_view text);

    /// The same name gives the same UUID for ever, on every machine: XXH3-128 of the name, stamped as version 8.
    /// Names that users type deserve a prefix that says whose they are: `shop/invoice/536365`.
    [[nodiscard]] static uuid from_name(std::string_view name);
    /// The `index`-th UUID that belongs to this one, equally for ever.
    [[nodiscard]] uuid child(std::uint64_t index) const;

    friend auto operator<=>(const uuid&, const uuid&) = default;
};

/// A UUID that knows what it names, so that a command's id is not passed for an event's.
///
/// value.
template <class Tag>
struct identifier {
    uuid value{};

    [[nodiscard]] std::string to_string() const { return value.to_string(); }
    friend auto operator<=>(const identifier&, const identifier&) = default;
};

using event_id = identifier<struct event_id_tag>;
/// Chosen by whoever sends a command; sent again with the same id, the command has its first result.
using command_id = identifier<struct command_id_tag>;
/// Names a store for as long as its file lives.
using store_id = identifier<struct store_id_tag>;
/// Names one history of a store; renewed when a restore or a branch makes another past.
using history_id = identifier<struct history_id_tag>;

/// The id of the `index`-th event that a command emits.
[[nodiscard]] inline event_id event_id_of(const command_id& command, std::uint64_t index) {
    return {command.value.child(index)};
}

}  // namespace foldline::inline v0

template <>
struct std::hash<foldline::uuid> {
    std::size_t operator()(const foldline::uuid& id) const noexcept {
        std::size_t low = 0;  // the low half: UUIDv7 keeps its random bits there
        std::memcpy(&low, id.bytes.data() + 8, sizeof low);
        return low;
    }
};
template <class Tag>
struct std::hash<foldline::identifier<Tag>> {
    std::size_t operator()(const foldline::identifier<Tag>& id) const noexcept {
        return std::hash<foldline::uuid>{}(id.value);
    }
};
