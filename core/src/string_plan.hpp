#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
}

namespace foldline::inline v0::detail {

/// Protobuf's parser gives up on messages nested deeper than this.
constexpr int deepest_nesting = 100;

/// Where the encoded messages of a class can hold strings. Found out once for a class, it answers for each message by a
/// walk over its bytes what asking Protobuf's reflection for every field answers at many times the cost.
///
/// value.
class string_plan {
public:
    explicit string_plan(const google::protobuf::Descriptor& type);

    /// Whether bytes of this class can tell. Not those that may nest without end, which must be refused before they are
    /// encoded, nor those with groups or extensions.
    [[nodiscard]] bool covers_class() const { return !classes_.empty(); }

    /// True only if every string in `encoded` is UTF-8. False says nothing: the message itself must then be asked.
    [[nodiscard]] bool is_surely_utf8(std::string_view encoded) const;

private:
    /// What stands in a field: nothing to look at, a string, or a message of the class with the number `what - first_class`.
    using what = std::uint16_t;
    static constexpr what nothing = 0;
    static constexpr what text = 1;
    static constexpr what first_class = 2;
    using fields_of_class = std::vector<what>;  // by field number

    class maker;

    [[nodiscard]] bool is_surely_utf8(std::string_view encoded, const fields_of_class& fields) const;

    std::vector<fields_of_class> classes_;
    std::size_t outermost_ = 0;
};

}  // namespace foldline::inline v0::detail
