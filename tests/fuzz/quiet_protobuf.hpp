#pragma once

#include <google/protobuf/stubs/logging.h>

namespace foldline_fuzz {

/// Protobuf writes a line to stderr for each string that is not UTF-8, which is every second input.
inline void quieten_protobuf() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace foldline_fuzz
