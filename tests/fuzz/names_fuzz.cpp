// Text from outside that becomes a name, an id or a time: it is refused with `invalid_name` or with nothing, or it is
// taken, and then it comes back as it was.

#include "require.hpp"

#include <foldline/core/append_request.hpp>
#include <foldline/core/error.hpp>
#include <foldline/core/read_query.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace foldline;
using foldline_fuzz::require;

void try_stream(std::string_view text) {
    try {
        const stream_id stream = stream_id::parse(text);
        require(stream.to_string() == text, "a stream is written as it was read");
        require(stream_id{stream.category(), stream.id()} == stream, "a stream is the pair of its names");
        (void)read_query::category(stream.category());
    } catch (const invalid_name&) {}
}

/// Any split is one, not only that at the first dash.
void try_names(std::string_view category, std::string_view id) {
    try {
        const stream_id stream{std::string(category), std::string(id)};
        require(stream_id::parse(stream.to_string()) == stream, "no dash in a category moves the split");
    } catch (const invalid_name& refused) {
        for (const char* shown = refused.what(); *shown; ++shown)
            require(static_cast<unsigned char>(*shown) >= 0x20, "a refusal does not steer a terminal");
    }
}

void try_uuid(std::string_view text) {
    const auto id = uuid::parse(text);
    if (!id) return;
    require(uuid::parse(id->to_string()) == id, "a UUID is read as it was written");
    require(id->to_string().size() == text.size(), "a UUID has 36 characters");
}

void try_time(std::string_view text) {
    const auto time = parse_timestamp(text);
    if (time) require(parse_timestamp(to_string(*time)) == time, "a time is read as it was written");
}

void try_type(std::string_view name) {
    event_data event;
    event.type = {name, 1};
    try {
        (void)validate(append_request::to({"thing", "1"}, expected_version::any(), {event}), {});
    } catch (const invalid_request&) {}
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try_stream(text);
    try_names(text.substr(0, size / 2), text.substr(size / 2));
    try_uuid(text);
    try_time(text);
    try_type(text);
    return 0;
}
