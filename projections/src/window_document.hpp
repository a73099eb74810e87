#pragma once

#include <foldline/core/codec.hpp>

#include <string>

namespace foldline::inline v0::detail {

/// The bytes of a document, the same for equal ones. Throws `invalid_request` for one that could not be read back.
[[nodiscard]] std::string document_bytes(const google::protobuf::Message& document);

}  // namespace foldline::inline v0::detail
