#pragma once

#include <string>
#include <vector>

namespace foldline_tests {

/// A file `shop/v1.proto` of the package `shop.v1`, without the lines that every file begins with.
struct proto_file {
    std::string package;
    std::string messages;
};

/// What `protoc --include_imports --descriptor_set_out` makes of such files, which may import only options.proto.
[[nodiscard]] std::string described(const std::vector<proto_file>& files);

}  // namespace foldline_tests
