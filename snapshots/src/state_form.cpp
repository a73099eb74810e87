#include <foldline/snapshots/detail/state_form.hpp>

#include <foldline/core/error.hpp>
#include <foldline/core/protobuf_codec.hpp>

#include <fmt/core.h>

namespace foldline::inline v0::detail {

std::string to_bytes(const google::protobuf::Message& message) {
    require_readable_back(message);
    std::string bytes;
    if (!message.SerializeToString(&bytes))
        throw invalid_request(
            fmt::format("{}: it is larger than Protobuf can encode", message.GetDescriptor()->full_name()));
    return bytes;
}

bool from_bytes(std::string_view bytes, google::protobuf::Message& message) {
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

std::uint64_t schema_fingerprint(const google::protobuf::Message& message) {
    return fingerprint_of(*message.GetDescriptor());
}

}  // namespace foldline::inline v0::detail
