#pragma once

#include <foldline/upcasters/declared_upcaster.hpp>

#include <string_view>
#include <vector>

namespace foldline::inline v0::detail {

/// What an upcaster says of one message of the old event and the message that becomes of it; paths begin there.
///
/// value, of borrowed parts: the upcaster outlives it.
class local_rules {
public:
    struct move {
        std::string_view from;
        std::string_view to;
        const multiplied_by* scale;
    };

    local_rules() = default;
    explicit local_rules(const declared_upcaster& whole);

    [[nodiscard]] bool empty() const { return moves_.empty() && taken_.empty(); }
    /// Whether the old field is not carried over: it is left out, or moves.
    [[nodiscard]] bool takes(std::string_view name) const;
    /// The moves that are made between these two messages, and not while one inside them is carried or moved.
    [[nodiscard]] std::vector<move> here() const;
    /// The rules for the messages at `from` and `to`.
    [[nodiscard]] local_rules below(std::string_view from, std::string_view to) const;
    [[nodiscard]] local_rules below(std::string_view name) const { return below(name, name); }

private:
    [[nodiscard]] bool is_inner(const move& one) const;

    std::vector<move> moves_;
    std::vector<std::string_view> taken_;
};

/// Whether `path` leads to somewhere inside of what is at `outer`.
[[nodiscard]] constexpr bool is_inside(std::string_view path, std::string_view outer) {
    return path.size() > outer.size() + 1 && path.starts_with(outer) && path[outer.size()] == '.';
}

}  // namespace foldline::inline v0::detail
