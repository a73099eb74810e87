#pragma once

#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

namespace foldline::inline v0::detail {

/// The schema of an event without what only some programs know of it: options that are neither Protobuf's nor
/// foldline's, and the JSON names that protoc writes out although they follow from the fields' names. Two programs agree
/// on its bytes.
[[nodiscard]] event_schema recorded_form_of(const google::protobuf::Descriptor& event);

}  // namespace foldline::inline v0::detail
