#pragma once

#include "requests.hpp"

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// A field that two messages of one class have otherwise; an absent value is empty.
///
/// value.
struct field_difference {
    std::string path;  ///< "lines[0].quantity"
    std::string first;
    std::string second;
};

/// Empty where both say the same, in whichever bytes.
[[nodiscard]] std::vector<field_difference> differences_of(const google::protobuf::Message& first,
                                                           const google::protobuf::Message& second,
                                                           personal_data personal);

}  // namespace foldline::inline v0::cli
