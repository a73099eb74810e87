#pragma once

#include <google/protobuf/message.h>

#include <random>

namespace foldline_tests {

/// Sets each field or leaves it out; values are often the largest, the smallest and those that are no text.
void fill(google::protobuf::Message& message, std::mt19937_64& random);

/// What a reader makes of a message.
enum class understanding {
    same,     ///< every value, or what stands for it in a type that holds it
    cut_off,  ///< some values as a narrower type has them, some entries of a map folded
    misread,
};

/// Parses the bytes of `written` into `read`, and compares the two field by field, by numbers.
[[nodiscard]] understanding read_as(const google::protobuf::Message& written, google::protobuf::Message& read);

}  // namespace foldline_tests
