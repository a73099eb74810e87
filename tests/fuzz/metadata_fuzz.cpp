// Any bytes as the metadata of an event: they do not decode, or they are metadata that is written and read again alike.

#include "quiet_protobuf.hpp"
#include "require.hpp"

#include <foldline/core/error.hpp>
#include <foldline/core/metadata.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace foldline;
    metadata read;
    try {
        read = decode_metadata({reinterpret_cast<const char*>(data), size});
    } catch (const event_failure&) {
        return 0;
    }
    foldline_fuzz::require(decode_metadata(encode(read)) == read, "what decodes is encoded and decoded alike");
    return 0;
}
