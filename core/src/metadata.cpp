#include <foldline/core/metadata.hpp>

#include "utf8.hpp"

#include <foldline/storage.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <cstdint>
#include <optional>

namespace foldline::inline v0 {
namespace {

void require_utf8(std::string_view field, std::string_view value) {
    if (!detail::is_utf8(value)) throw invalid_request(fmt::format("the metadata field '{}' is not UTF-8", field));
}

/// Goes over the fields of an encoded message without making one of it.
class wire_fields {
public:
    explicit wire_fields(std::string_view bytes) : rest_(bytes) {}

    /// Goes to the next field. False at the end, and where the bytes are no message: see `is_sound`.
    bool next() {
        if (rest_.empty()) return false;
        const auto tag = take_varint();
        if (!tag) return false;
        number_ = *tag >> 3;
        bytes_.reset();
        switch (*tag & 7) {
            case 0: return take_varint().has_value();
            case 1: return take(8).has_value();
            case 2:
                if (const auto size = take_varint()) bytes_ = take(*size);
                return bytes_.has_value();
            case 5: return take(4).has_value();
            default: sound_ = false; return false;
        }
    }
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// Of a field that is a string, bytes or a message.
    [[nodiscard]] std::optional<std::string_view> bytes() const { return bytes_; }
    [[nodiscard]] bool is_sound() const { return sound_; }

private:
    std::optional<std::string_view> take(std::uint64_t size) {
        if (size > rest_.size()) {
            sound_ = false;
            return std::nullopt;
        }
        const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::optional<std::uint64_t> take_varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        sound_ = false;
        return std::nullopt;
    }

    std::string_view rest_;
    std::uint64_t number_ = 0;
    std::optional<std::string_view> bytes_;
    bool sound_ = true;
};

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

std::string_view correlation_of(std::string_view encoded_metadata) noexcept {
    std::string_view found;
    wire_fields fields{encoded_metadata};
    while (fields.next())
        if (fields.number() == storage::Metadata::kCorrelationIdFieldNumber) found = fields.bytes().value_or(found);
    return fields.is_sound() ? found : std::string_view{};
}

}  // namespace foldline::inline v0
