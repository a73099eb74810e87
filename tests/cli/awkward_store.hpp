#pragma once

#include "foldline_tests/codec/v1/shapes.pb.h"
#include "foldline_tests/people/v1/members.pb.h"
#include "support/scratch_folder.hpp"

#include <foldline/core/codec.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>
#include <foldline/testing/manual_clock.hpp>
#include <foldline/testing/sequential_ids.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace foldline_tests {

/// The schema of members who joined, before their plan was noted.
[[nodiscard]] inline const foldline::event_schema& schema_before_plans() {
    static const foldline::event_schema old = [] {
        foldline::event_schema schema = foldline::schema_of(people::v1::MemberJoined{});
        google::protobuf::FileDescriptorSet files;
        files.ParseFromString(schema.descriptor_set);
        for (auto& message : *files.mutable_file(0)->mutable_message_type()) {
            auto& fields = *message.mutable_field();
            for (int i = fields.size() - 1; i >= 0; --i)
                if (fields[i].name() == "plan") fields.DeleteSubrange(i, 1);
        }
        schema.descriptor_set = files.SerializeAsString();
        return schema;
    }();
    return old;
}

/// message Measured { double value = 1; map<string, int64> counts = 2; optional int64 large = 3; }
[[nodiscard]] inline const foldline::event_schema& schema_of_measured() {
    static const foldline::event_schema measured = [] {
        using field = google::protobuf::FieldDescriptorProto;
        google::protobuf::FileDescriptorSet files;
        auto& file = *files.add_file();
        file.set_name("measured.proto");
        file.set_package("lab");
        file.set_syntax("proto3");
        auto& message = *file.add_message_type();
        message.set_name("Measured");
        const auto add = [](google::protobuf::DescriptorProto& to, const char* name, int number, field::Type type,
                            field::Label label = field::LABEL_OPTIONAL) -> field& {
            field& made = *to.add_field();
            made.set_name(name);
            made.set_number(number);
            made.set_type(type);
            made.set_label(label);
            return made;
        };
        add(message, "value", 1, field::TYPE_DOUBLE);
        add(message, "counts", 2, field::TYPE_MESSAGE, field::LABEL_REPEATED)
            .set_type_name(".lab.Measured.CountsEntry");
        add(message, "large", 3, field::TYPE_INT64);
        auto& entry = *message.add_nested_type();
        entry.set_name("CountsEntry");
        entry.mutable_options()->set_map_entry(true);
        add(entry, "key", 1, field::TYPE_STRING);
        add(entry, "value", 2, field::TYPE_INT64);
        return foldline::event_schema{{"measured", 1}, "lab.Measured", files.SerializeAsString()};
    }();
    return measured;
}

[[nodiscard]] inline std::string encoded_value(double value) {
    std::string bytes(1, '\x09');
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return bytes;
}

/// A store with some of everything that is hard to write down: 29 events, of which none is personal unless it is asked
/// for.
class awkward_store {
public:
    explicit awkward_store(std::string name = "awkward.db",
                           std::optional<foldline::sqlite::stream_index> index = std::nullopt)
        : file_(folder / std::move(name)) {
        foldline::sqlite::database database{file_, {.durable = foldline::sqlite::durability::off}};
        foldline::sqlite::event_store_options options;
        options.index = index;
        options.merge_size = 8;
        foldline::sqlite::sqlite_event_store store{database, time, ids, options};
        to_ = &store;
        fill();
    }

    [[nodiscard]] std::string path() const { return file_.string(); }
    [[nodiscard]] std::string operator/(std::string_view name) const { return (folder / name).string(); }

    scratch_folder folder;
    foldline::testing::manual_clock time;
    foldline::testing::sequential_ids ids;

private:
    void append(const std::string& stream, std::vector<foldline::event_data> events) {
        time.advance(std::chrono::microseconds{1'234'567});
        const auto result = to_->append(foldline::append_request::to(
            foldline::stream_id::parse(stream), foldline::expected_version::any(), std::move(events)));
        if (!std::holds_alternative<foldline::appended>(result))
            throw std::logic_error("the store could not be filled");
    }
    static foldline::event_data raw(foldline::event_type type, std::string payload,
                                    const foldline::event_schema* schema = nullptr) {
        foldline::event_data event;
        event.type = type;
        event.payload = std::move(payload);
        event.schema = schema;
        return event;
    }

    void fill() {
        add_numbers();
        add_shapes();
        add_metadata();
        add_times();
        add_writes();
        add_members();
    }

    void add_numbers() {
        for (const double value : {0.1, -0.0, std::numeric_limits<double>::quiet_NaN(), 5e-324,
                                   std::numeric_limits<double>::infinity(), 1.7976931348623157e308})
            append("lab-1", {raw({"measured", 1}, encoded_value(value), &schema_of_measured())});
        // Fields in another order than theirs, and a map whose keys are in none.
        append("lab-1", {raw({"measured", 1}, std::string("\x18\x05", 2) + encoded_value(1), &schema_of_measured())});
        append("lab-1", {raw({"measured", 1},
                             std::string("\x12\x05\x0a\x01z\x10\x01\x12\x05\x0a\x01"
                                         "a\x10\x02",
                                         14),
                             &schema_of_measured())});
        append("lab-2", {raw({"measured", 1}, std::string("\x18\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10),
                             &schema_of_measured())});
        append("lab-2", {raw({"measured", 1}, "", &schema_of_measured())});
        append("lab-2", {raw({"measured", 1}, "\xff not a message", &schema_of_measured())});
        append("lab-3", {raw({"of-no-schema", 7}, std::string("\0\x01\xfe\xff", 4))});
    }

    void add_shapes() {
        codec::v1::ShapeDrawn shape;
        shape.set_name("caf\u00e9 \u202e<b>\"\n\t");
        shape.set_pixels(std::string("\xff\0\x80", 3));
        shape.add_labels("");
        shape.add_labels(std::string(3'000, 'x'));
        shape.mutable_corner();
        (*shape.mutable_notes())["k"] = "v";
        shape.mutable_framed()->set_x(-1);
        shape.mutable_drawn_at()->set_seconds(-1);
        append("shape-\u00e9-1", {foldline::to_event(shape)});
        foldline::event_data unknown = foldline::to_event(shape);
        unknown.payload += std::string("\xf8\x3e\x01", 3);  // field 1007
        append("shape-\u00e9-1", {unknown});
        append("shape-\u00e9-1", {foldline::to_event(codec::v1::ShapeDrawn{})});
    }

    void add_metadata() {
        foldline::metadata whole{"request-1", "order-1@2", "ann <ann@example.org>",
                                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
        whole.headers = {{"a", "1"}, {"a", "\x01\x7f\u0085"}, {"", ""}};
        foldline::metadata control;
        control.correlation_id = "line\nbreak";
        people::v1::PlanChanged plan;
        plan.set_plan("gold");
        append("plan-1", {foldline::to_event(plan, whole), foldline::to_event(plan, control)});
        foldline::event_data odd = foldline::to_event(plan);
        odd.metadata = "no metadata at all";
        append("plan-1", {odd});
    }

    void add_times() {
        using namespace std::chrono_literals;
        for (const std::int64_t micros : {std::int64_t{1}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                          std::numeric_limits<std::int64_t>::max()}) {
            foldline::event_data event = raw({"measured", 2}, "");
            event.occurred_at = foldline::timestamp{std::chrono::microseconds{micros}};
            append("time-1", {event});
        }
    }

    void add_writes() {
        std::vector<foldline::event_data> three;
        for (int i = 0; i < 3; ++i) {
            three.push_back(raw({"measured", 1}, encoded_value(i), &schema_of_measured()));
            three.back().id = id_of_write(i);
        }
        append("lab-1", std::move(three));
        foldline::event_data one = raw({"of-no-schema", 7}, "");
        one.id = id_of_write(3);
        append("lab-9", {one});
    }

    void add_members() {
        // Both revisions of a schema, and nothing personal in any event.
        foldline::event_data old = foldline::to_event(people::v1::PlanChanged{});
        append("plan-2", {old});
        foldline::event_data joined = raw({"member-joined", 1}, "", &schema_before_plans());
        append("member-1", {joined});
        people::v1::MemberJoined member;
        member.set_plan("gold");
        append("member-2", {foldline::to_event(member)});
    }

public:
    static foldline::event_id id_of_write(int index) {
        return {foldline::uuid::from_name("write/" + std::to_string(index))};
    }

private:
    std::filesystem::path file_;
    foldline::event_store* to_ = nullptr;
};

}  // namespace foldline_tests
