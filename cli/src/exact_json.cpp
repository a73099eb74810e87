#include "exact_json.hpp"

#include "plain_json.hpp"

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
    : schema_(stored),
      is_plain_(is_plain(schema_.descriptor())),
      read_(schema_.new_message()),
      made_(schema_.new_message()) {}

std::optional<json> exact_json::json_of(std::string_view payload) {
    const pb::LogSilencer quiet;
    if (payload.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        !read_->ParseFromArray(payload.data(), static_cast<int>(payload.size())) || encoded(*read_) != payload)
        return std::nullopt;
    auto data = json_of_read();
    if (data && payload_of(*data) != payload) return std::nullopt;
    return data;
}

std::optional<json> exact_json::json_of_read() const {
    if (is_plain_) return plain_json_of(*read_);
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    if (!pb::util::MessageToJsonString(*read_, &text, options).ok()) return std::nullopt;
    json data = json::parse(text, nullptr, false);
    if (data.is_discarded()) return std::nullopt;
    return data;
}

std::optional<std::string> exact_json::payload_of(const json& data) {
    const pb::LogSilencer quiet;
    made_->Clear();
    if (!make(data)) return std::nullopt;
    return encoded(*made_);
}

bool exact_json::make(const json& data) {
    if (is_plain_) return fill_plain(*made_, data);
    const std::string text = data.dump(-1, ' ', false, json::error_handler_t::replace);
    return pb::util::JsonStringToMessage(text, made_.get()).ok();
}

}  // namespace foldline::inline v0::cli
