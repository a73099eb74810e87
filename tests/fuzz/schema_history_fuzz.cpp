// Any bytes as a descriptor set: it is refused, or each of its events is recorded as a text that says the same when it is
// read. And any bytes as such a text: it is refused, or holds a record.

#include "quiet_protobuf.hpp"
#include "require.hpp"
#include "schema_record.hpp"

#include <foldline/core/error.hpp>
#include <foldline/upcasters/schema_set.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace foldline;

void record(const event_schema& schema) {
    const auto record = detail::record_from(detail::text_of(schema, 1), "here");
    foldline_fuzz::require(record.name() == schema.type.name && record.version() == schema.type.version &&
                               record.message() == schema.message,
                           "a record is of the event that was recorded");
    const std::string read = record.files().SerializeAsString();
    foldline_fuzz::require(read == schema.descriptor_set, "descriptors are read as they were recorded");
    const schema_set again = events_in(read);
    foldline_fuzz::require(again.of(schema.type).front().descriptor_set == read, "a recorded form has no other one");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    try {
        const schema_set events = events_in(input);
        for (const auto& [type, schemas] : events.by_type())
            for (const event_schema& schema : schemas) record(schema);
    } catch (const definition_error&) {
        // Not a set, or of files that do not go together.
    }
    try {
        (void)detail::record_from(input, "here");
    } catch (const corrupt_data&) {
        // No text of a record.
    }
    return 0;
}
