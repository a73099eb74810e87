#include "window_document.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace foldline::inline v0::detail {

std::string document_bytes(const google::protobuf::Message& document) {
    require_readable_back(document);
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream out{&bytes};
        google::protobuf::io::CodedOutputStream coded{&out};
        coded.SetSerializationDeterministic(true);  // the entries of a map have no order of their own
        document.SerializeToCodedStream(&coded);
    }
    return bytes;
}

}  // namespace foldline::inline v0::detail
