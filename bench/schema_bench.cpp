#include "row.hpp"

#include <foldline/upcasters/schema_rules.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace foldline_bench {
namespace {

namespace pb = google::protobuf;
using field_proto = pb::FieldDescriptorProto;

constexpr int types = 200;
constexpr int stored_schemas = 5;
constexpr unit milliseconds{"ms", better::lower};

field_proto& add_field(pb::DescriptorProto& message, const std::string& name, field_proto::Type type) {
    field_proto& field = *message.add_field();
    field.set_name(name);
    field.set_number(message.field_size());
    field.set_label(field_proto::LABEL_OPTIONAL);
    field.set_type(type);
    return field;
}

void add_scalars(pb::DescriptorProto& message, const std::string& name, int count) {
    constexpr field_proto::Type kinds[] = {field_proto::TYPE_STRING, field_proto::TYPE_INT64, field_proto::TYPE_BOOL,
                                           field_proto::TYPE_DOUBLE, field_proto::TYPE_BYTES};
    for (int i = 0; i < count; ++i) add_field(message, name + "_" + std::to_string(i), kinds[i % 5]);
}

/// An event of 12 fields and more, with lines of 6, money of 2 and a status of 6 values. Each version of its text has a
/// field more in the event and in its lines.
std::string descriptors(int type, int state) {
    pb::FileDescriptorSet files;
    pb::FileDescriptorProto& file = *files.add_file();
    const std::string package = "shop.measured.v" + std::to_string(type);
    file.set_name("shop/measured" + std::to_string(type) + ".proto");
    file.set_package(package);
    file.set_syntax("proto3");
    pb::DescriptorProto& money = *file.add_message_type();
    money.set_name("Money");
    add_field(money, "currency", field_proto::TYPE_STRING);
    add_field(money, "amount", field_proto::TYPE_SINT64);
    pb::DescriptorProto& line = *file.add_message_type();
    line.set_name("Line");
    add_field(line, "price", field_proto::TYPE_MESSAGE).set_type_name("." + package + ".Money");
    add_scalars(line, "detail", 5 + state);
    pb::EnumDescriptorProto& status = *file.add_enum_type();
    status.set_name("Status");
    for (int i = 0; i < 6; ++i) {
        auto& value = *status.add_value();
        value.set_name("STATUS_" + std::to_string(i));
        value.set_number(i);
    }
    pb::DescriptorProto& event = *file.add_message_type();
    event.set_name("Measured");
    add_field(event, "status", field_proto::TYPE_ENUM).set_type_name("." + package + ".Status");
    add_field(event, "total", field_proto::TYPE_MESSAGE).set_type_name("." + package + ".Money");
    field_proto& lines = add_field(event, "lines", field_proto::TYPE_MESSAGE);
    lines.set_type_name("." + package + ".Line");
    lines.set_label(field_proto::LABEL_REPEATED);
    add_scalars(event, "field", 9 + state);
    return files.SerializeAsString();
}

struct program {
    std::vector<std::string> names;
    std::vector<std::vector<foldline::event_schema>> stored;
    std::vector<foldline::event_schema> current;
};

program make_program() {
    program made;
    for (int type = 0; type < types; ++type) made.names.push_back("measured-" + std::to_string(type));
    for (int type = 0; type < types; ++type) {
        const foldline::event_type identity{made.names[static_cast<std::size_t>(type)], 1};
        const std::string message = "shop.measured.v" + std::to_string(type) + ".Measured";
        auto& stored = made.stored.emplace_back();
        for (int state = 0; state < stored_schemas; ++state)
            stored.push_back({identity, message, descriptors(type, state)});
        made.current.push_back({identity, message, descriptors(type, stored_schemas)});
    }
    return made;
}

double our_round(const program& started) {
    std::size_t findings = 0;
    const seconds passed = time_of([&] {
        for (std::size_t type = 0; type < started.current.size(); ++type)
            findings += foldline::check(started.stored[type], started.current[type], {}).size();
    });
    if (findings != 0) throw std::runtime_error("a new field was held against a schema");
    return passed.count() * 1e3;
}

void parse(const std::string& descriptor_set) {
    pb::FileDescriptorSet files;
    if (!files.ParseFromString(descriptor_set)) throw std::runtime_error("a descriptor set does not parse");
}

double raw_round(const program& started) {
    const seconds passed = time_of([&] {
        for (std::size_t type = 0; type < started.current.size(); ++type) {
            for (const auto& schema : started.stored[type]) parse(schema.descriptor_set);
            parse(started.current[type].descriptor_set);
        }
    });
    return passed.count() * 1e3;
}

}  // namespace

std::vector<row> schema_rows() {
    return {{"schema.start", milliseconds, 0, "parses the descriptors of 200 types × 6 schemas, and looks at none",
             [](lab&) -> contest {
                 auto started = std::make_shared<const program>(make_program());
                 return {[started] { return our_round(*started); }, [started] { return raw_round(*started); }};
             }}};
}

}  // namespace foldline_bench
