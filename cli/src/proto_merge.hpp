#pragma once

#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <string>
#include <vector>

namespace foldline::inline v0::cli {

/// Puts stored schemas together again: each holds of a file only what its own event needs.
///
/// confined.
class proto_merge {
public:
    /// Where two say different things of one message, that with more fields stays, and `clashes` has its name. Throws
    /// `definition_error` for descriptors that cannot be read.
    void add(const event_schema& schema);

    [[nodiscard]] const std::vector<std::string>& clashes() const { return clashes_; }
    /// Every file with all that any schema knows of it, with those that every program has, imports first. Throws
    /// `definition_error` if they do not make sense together.
    [[nodiscard]] google::protobuf::FileDescriptorSet files() const;

private:
    void merge(google::protobuf::FileDescriptorProto& into, const google::protobuf::FileDescriptorProto& more);

    std::map<std::string, google::protobuf::FileDescriptorProto> files_;
    std::vector<std::string> clashes_;
};

}  // namespace foldline::inline v0::cli
