// Any bytes as a declared upcaster that a store keeps, or rules that are often sound, and any bytes as the event that it
// is applied to: what is decoded is encoded to the same again, and an upcaster that suits its schemas fails over values
// only.

#include "quiet_protobuf.hpp"
#include "require.hpp"

#include <foldline_tests/bank/v1/account.pb.h>
#include <foldline/core/codec.hpp>
#include <foldline/core/error.hpp>
#include <foldline/upcasters/declared_upcaster.hpp>
#include <foldline/upcasters/message_schema.hpp>

#include <fuzzer/FuzzedDataProvider.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace {

using namespace foldline;

/// DescriptorProto holds messages of messages, lists, enums and numbers of every kind.
event_schema schema_of_everything() {
    using google::protobuf::DescriptorProto;
    google::protobuf::FileDescriptorSet files;
    DescriptorProto::descriptor()->file()->CopyTo(files.add_file());
    return {{"described", 1}, DescriptorProto::descriptor()->full_name(), files.SerializeAsString()};
}

std::optional<declared_upcaster> decoded(const std::string& bytes) {
    try {
        return decode_declared_upcaster(bytes);
    } catch (const definition_error&) {
        return std::nullopt;
    }
}

std::string path_from(FuzzedDataProvider& input) {
    static constexpr const char* names[] = {
        "name",         "field",     "nested_type", "enum_type",     "options",       "number",
        "label",        "value",     "start",       "end",           "note",          "deprecated",
        "amount_minor", "type_name", "oneof_index", "reserved_name", "reserved_range"};
    std::string path = input.PickValueInArray(names);
    while (path.size() < 60 && input.ConsumeBool()) path += std::string(".") + input.PickValueInArray(names);
    return path;
}

declared_upcaster ruled_by(FuzzedDataProvider& input) {
    declared_upcaster made{{"described", 1}, {"described", 2}};
    while (input.remaining_bytes() > 0) {
        try {
            switch (input.ConsumeIntegralInRange(0, 3)) {
                case 0: made.move(path_from(input), path_from(input)); break;
                case 1:
                    made.move(path_from(input), path_from(input),
                              {input.ConsumeIntegral<std::int64_t>(), input.ConsumeIntegral<std::int8_t>()});
                    break;
                case 2:
                    made.fill(path_from(input), input.ConsumeBool() ? "7" : input.ConsumeRandomLengthString(20));
                    break;
                default: made.leave_out(path_from(input)); break;
            }
        } catch (const definition_error&) {}
    }
    return made;
}

/// What a store would hand out again; nothing for what it would never have kept.
std::optional<declared_upcaster> kept(const declared_upcaster& step) {
    try {
        return decode_declared_upcaster(step.encode());
    } catch (const invalid_request&) {
        return std::nullopt;
    }
}

bool suits(const declared_upcaster& step, const message_schema& old, const message_schema& made) {
    try {
        step.check(old.descriptor(), made.descriptor());
        return step.to().has_value();
    } catch (const definition_error&) {
        return false;
    }
}

void try_on(const declared_upcaster& step, const message_schema& old, const message_schema& made,
            const std::string& payload) {
    const message_ptr event = old.new_message();
    if (!event->ParsePartialFromString(payload)) return;
    const message_ptr result = made.new_message();
    const bool suited = suits(step, old, made);
    try {
        step.apply(*event, *result);
    } catch (const definition_error&) {
        foldline_fuzz::require(!suited, "a checked upcaster fails over values only");
    } catch (const error&) {}
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    foldline_fuzz::quieten_protobuf();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const message_schema everything{schema_of_everything()};
    static const message_schema deposited{schema_of(foldline_tests::bank::v1::MoneyDeposited::default_instance())};

    FuzzedDataProvider input{data, size};
    const std::string payload = input.ConsumeRandomLengthString(2'000);
    const auto step = input.ConsumeBool() ? decoded(input.ConsumeRemainingBytesAsString()) : ruled_by(input);
    if (!step) return 0;
    const auto again = kept(*step);
    if (!again) return 0;
    foldline_fuzz::require(*again == *step, "an upcaster is kept as it is");
    (void)step->to_string();
    try_on(*step, everything, everything, payload);
    try_on(*step, everything, deposited, payload);
    try_on(*step, deposited, everything, payload);
    return 0;
}
