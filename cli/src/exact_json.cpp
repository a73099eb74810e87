#include "exact_json.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <limits>

namespace foldline::inline v0::cli {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

/// The entries of a map have no order of their own.
std::string encoded(const pb::Message& message) {
    std::string bytes;
    pb::io::StringOutputStream to{&bytes};
    pb::io::CodedOutputStream coded{&to};
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
    coded.Trim();
    return bytes;
}

}  // namespace

exact_json::exact_json(const event_schema& stored)
    : schema_(stored), read_(schema_.new_message()), made_(schema_.new_message()) {}

std::optional<json> exact_json::json_of(std::string_view payload) {
    const pb::LogSilencer quiet;
    if (payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        !read_->ParseFromArray(payload.data(), static_cast<int>(payload.size())) || encoded(*read_) != payload)
        return std::nullopt;
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    if (!pb::util::MessageToJsonString(*read_, &text, options).ok()) return std::nullopt;
    json data = json::parse(text, nullptr, false);
    if (data.is_discarded() || payload_of(data) != payload) return std::nullopt;
    return data;
}

std::optional<std::string> exact_json::payload_of(const json& data) {
    const pb::LogSilencer quiet;
    made_->Clear();
    const std::string text = data.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!pb::util::JsonStringToMessage(text, made_.get()).ok()) return std::nullopt;
    return encoded(*made_);
}

}  // namespace foldline::inline v0::cli
