#pragma once

#include <foldline/core/codec.hpp>

#include <string>

namespace foldline::inline v0::detail {

/// Replaces `bytes` by those of a document, which are the same for equal ones. Throws `invalid_request` for a document
/// that could not be read back.
void write_document(const google::protobuf::Message& document, std::string& bytes);

}  // namespace foldline::inline v0::detail
