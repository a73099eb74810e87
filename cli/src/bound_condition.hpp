#pragma once

#include "field_values.hpp"
#include "requests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foldline::inline v0::cli {

/// A condition wants of a field what that cannot be, or compares it as it cannot be.
class impossible_condition : public invalid_request {
public:
    using invalid_request::invalid_request;
};

/// A condition for the messages of one type.
///
/// Threads: shared. The schema outlives it.
class bound_condition {
public:
    /// Throws `impossible_condition`.
    bound_condition(const field_condition& condition, field_way way);

    /// `!=` holds where no value is the wanted one; any other comparison where one value is as it says.
    [[nodiscard]] bool holds(const google::protobuf::Message& message) const;
    /// Text that stands in the bytes of each message that the condition holds for; empty if there is none.
    [[nodiscard]] std::string_view needed_text() const;

private:
    [[nodiscard]] bool holds_for(const field_value& value, comparison how) const;
    [[nodiscard]] bool holds_for_enum(const field_value& value, comparison how) const;
    [[nodiscard]] bool holds_for_moment(const field_value& value, comparison how) const;
    void require_comparable() const;

    field_condition condition_;
    field_way way_;
    // The wanted text as what it may be read as.
    std::optional<std::int64_t> whole_;
    std::optional<std::uint64_t> large_;
    std::optional<double> real_;
    std::optional<bool> truth_;
    std::optional<timestamp> time_;
    const google::protobuf::EnumValueDescriptor* name_ = nullptr;
};

}  // namespace foldline::inline v0::cli
