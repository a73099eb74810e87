#include "document_bytes.hpp"

#include <foldline/core/protobuf_codec.hpp>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

namespace foldline::inline v0::detail {

void write_document(const google::protobuf::Message& document, std::string& bytes) {
    require_readable_back(document);
    bytes.resize(document.ByteSizeLong());
    google::protobuf::io::ArrayOutputStream memory{bytes.data(), static_cast<int>(bytes.size())};
    google::protobuf::io::CodedOutputStream out{&memory};
    out.SetSerializationDeterministic(true);  // the entries of a map have no order of their own
    document.SerializeWithCachedSizes(&out);
}

}  // namespace foldline::inline v0::detail
