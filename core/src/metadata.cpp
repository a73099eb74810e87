#include <foldline/core/metadata.hpp>

#include "utf8.hpp"

#include <foldline/storage.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

namespace foldline::inline v0 {
namespace {

void require_utf8(std::string_view field, std::string_view value) {
    if (!detail::is_utf8(value)) throw invalid_request(fmt::format("the metadata field '{}' is not UTF-8", field));
}

}  // namespace

std::string encode(const metadata& data) {
    storage::Metadata message;
    require_utf8("correlation_id", data.correlation_id);
    message.set_correlation_id(data.correlation_id);
    require_utf8("causation_id", data.causation_id);
    message.set_causation_id(data.causation_id);
    require_utf8("actor", data.actor);
    message.set_actor(data.actor);
    require_utf8("traceparent", data.traceparent);
    message.set_traceparent(data.traceparent);
    for (const auto& [name, value] : data.headers) {
        require_utf8("headers", name);
        require_utf8("headers", value);
        auto& header = *message.add_headers();
        header.set_name(name);
        header.set_value(value);
    }
    return message.SerializeAsString();
}

metadata decode_metadata(std::string_view bytes) {
    storage::Metadata message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw event_failure({}, {}, {}, {}, "its metadata does not decode");
    metadata data;
    data.correlation_id = std::move(*message.mutable_correlation_id());
    data.causation_id = std::move(*message.mutable_causation_id());
    data.actor = std::move(*message.mutable_actor());
    data.traceparent = std::move(*message.mutable_traceparent());
    for (auto& header : *message.mutable_headers())
        data.headers.emplace_back(std::move(*header.mutable_name()), std::move(*header.mutable_value()));
    return data;
}

}  // namespace foldline::inline v0
