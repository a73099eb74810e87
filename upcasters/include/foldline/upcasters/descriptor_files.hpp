#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <vector>

namespace foldline::inline v0 {

/// Builds the files of a set in `pool`, imports first as they stand there; those that every program has, and a stored set
/// leaves out, are taken from this one. Gives them in the order of the set. Nothing is written on stderr.
///
/// Throws `definition_error` with the first thing that Protobuf objects to.
std::vector<const google::protobuf::FileDescriptor*> build_files(const google::protobuf::FileDescriptorSet& files,
                                                                 google::protobuf::DescriptorPool& pool);

}  // namespace foldline::inline v0
