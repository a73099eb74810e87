#include <foldline/core/metadata.hpp>

#include "utf8.hpp"
#include "wire_fields.hpp"

#include <foldline/storage.pb.h>
#include <foldline/core/error.hpp>

#include <fmt/core.h>

#include <bit>
#include <cstddef>
#include <cstring>

namespace foldline::inline v0 {
namespace {

[[noreturn]] void refuse(std::string_view field) {
    throw invalid_request(fmt::format("the metadata field '{}' is not UTF-8", field));
}

void require_utf8(std::string_view field, std::string_view value) {
    if (!value.empty() && !detail::is_utf8(value)) refuse(field);
}

// An encoded string is a tag of one byte, its size as a varint, and its bytes. The numbers of all our fields fit such a
// tag, and 2 says that a size follows.
constexpr char tag_of(int field) { return static_cast<char>(field << 3 | 2); }
static_assert(storage::Metadata::kHeadersFieldNumber < 16);

std::size_t varint_size(std::size_t value) { return (static_cast<std::size_t>(std::bit_width(value | 1U)) + 6) / 7; }

/// Of a string that is written even when it is empty.
std::size_t size_with_tag(std::size_t size) { return 1 + varint_size(size) + size; }

/// Protobuf leaves out an empty string.
std::size_t encoded_size(std::string_view value) { return value.empty() ? 0 : size_with_tag(value.size()); }

char* put_size(char* to, std::size_t size) {
    for (; size >= 0x80; size >>= 7U) *to++ = static_cast<char>(size | 0x80U);
    *to++ = static_cast<char>(size);
    return to;
}

char* put(char* to, int field, std::string_view value) {
    if (value.empty()) return to;
    *to++ = tag_of(field);
    to = put_size(to, value.size());
    std::memcpy(to, value.data(), value.size());
    return to + value.size();
}

}  // namespace

std::string encode(const metadata& data) {
    using message = storage::Metadata;
    using header = storage::Header;
    require_utf8("correlation_id", data.correlation_id);
    require_utf8("causation_id", data.causation_id);
    require_utf8("actor", data.actor);
    require_utf8("traceparent", data.traceparent);
    std::size_t size = encoded_size(data.correlation_id) + encoded_size(data.causation_id) + encoded_size(data.actor) +
                       encoded_size(data.traceparent);
    for (const auto& [name, value] : data.headers) {
        require_utf8("headers", name);
        require_utf8("headers", value);
        size += size_with_tag(encoded_size(name) + encoded_size(value));
    }

    // Written by hand, since to make a message of it first would cost ten times as much on the way of every append.
    std::string bytes(size, '\0');
    char* to = bytes.data();
    to = put(to, message::kCorrelationIdFieldNumber, data.correlation_id);
    to = put(to, message::kCausationIdFieldNumber, data.causation_id);
    to = put(to, message::kActorFieldNumber, data.actor);
    to = put(to, message::kTraceparentFieldNumber, data.traceparent);
    for (const auto& [name, value] : data.headers) {
        *to++ = tag_of(message::kHeadersFieldNumber);
        to = put_size(to, encoded_size(name) + encoded_size(value));
        to = put(to, header::kNameFieldNumber, name);
        to = put(to, header::kValueFieldNumber, value);
    }
    return bytes;
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
    detail::wire_fields fields{encoded_metadata};
    while (fields.next())
        if (fields.number() == storage::Metadata::kCorrelationIdFieldNumber) found = fields.bytes().value_or(found);
    return fields.is_sound() ? found : std::string_view{};
}

}  // namespace foldline::inline v0
