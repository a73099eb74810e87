#pragma once

#include <google/protobuf/descriptor.h>

namespace foldline::inline v0::cli {

/// Whether a message has a personal field somewhere, or holds an `Any`, of which nobody knows before it is there.
[[nodiscard]] bool may_hold_personal_data(const google::protobuf::Descriptor& message);

}  // namespace foldline::inline v0::cli
