#pragma once

#include <foldline/core/event_type.hpp>

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.pb.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace foldline::inline v0 {

/// Numbers that a message or an enum gives away or keeps back, joined where they touch.
class number_ranges {
public:
    struct range {
        std::int64_t first;
        std::int64_t last;
    };

    void add(std::int64_t first, std::int64_t last);
    /// To be called once, when all are added.
    void join();
    [[nodiscard]] bool cover(std::int64_t first, std::int64_t last) const;
    [[nodiscard]] const std::vector<range>& all() const { return ranges_; }

private:
    std::vector<range> ranges_;
};

/// What may not be used again.
struct reserved_shape {
    number_ranges numbers;
    std::vector<std::string_view> names;  ///< sorted

    [[nodiscard]] bool holds_name(std::string_view name) const;
};

struct enum_shape {
    std::string_view full_name;
    const google::protobuf::EnumDescriptorProto* proto = nullptr;
    std::vector<const google::protobuf::EnumValueDescriptorProto*> values{};  ///< by number
    std::vector<std::string_view> names{};                                    ///< sorted
    reserved_shape reserved{};

    using value_iterator = std::vector<const google::protobuf::EnumValueDescriptorProto*>::const_iterator;
    /// Where the values of this number begin; the end of `values` where there is none.
    [[nodiscard]] value_iterator find(std::int32_t number) const;
    [[nodiscard]] bool has(std::int32_t number) const { return find(number) != values.end(); }
    [[nodiscard]] bool has_name(std::string_view name) const;
};

struct message_shape;

enum class presence { implicit, explicit_one, required, repeated };

struct field_shape {
    const google::protobuf::FieldDescriptorProto* proto = nullptr;
    presence present = presence::implicit;
    int oneof = -1;            ///< index of a real oneof of its message
    bool checks_utf8 = false;  ///< a string whose bytes are refused when they are not UTF-8
    bool closed_enum = false;  ///< a value that its enum does not have is not read into the field
    bool personal = false;
    bool subject_id = false;
    const message_shape* message = nullptr;  ///< none for scalars and for what the descriptors leave out
    const enum_shape* enumeration = nullptr;

    [[nodiscard]] int number() const { return proto->number(); }
    [[nodiscard]] const std::string& name() const { return proto->name(); }
    [[nodiscard]] google::protobuf::FieldDescriptorProto::Type type() const { return proto->type(); }
    /// Full name of its message or enum.
    [[nodiscard]] std::string_view type_name() const;
    [[nodiscard]] bool is_map() const;
    /// As JSON has it, declared or derived from the name.
    [[nodiscard]] std::string json_name() const;
};

struct message_shape {
    std::string_view full_name;
    const google::protobuf::DescriptorProto* proto = nullptr;
    const google::protobuf::FileDescriptorProto* file = nullptr;
    std::vector<field_shape> fields{};      ///< by number
    std::vector<std::string_view> names{};  ///< of the fields, sorted
    reserved_shape reserved{};
    number_ranges extensions{};

    [[nodiscard]] const field_shape* find(int number) const;
    [[nodiscard]] bool has_name(std::string_view name) const;
    [[nodiscard]] bool is_map_entry() const { return proto->options().map_entry(); }
    [[nodiscard]] bool is_message_set() const { return proto->options().message_set_wire_format(); }
    [[nodiscard]] bool is_proto3() const { return file->syntax() == "proto3"; }
    /// How much there is to look at.
    [[nodiscard]] std::size_t size() const;
};

/// An event's message and all that it holds, straight from the stored descriptors: a DescriptorPool of the same takes a
/// hundred times as long to build.
///
/// confined.
class schema_shape {
public:
    /// Throws `definition_error` if the descriptors make no sense.
    explicit schema_shape(const event_schema& schema);
    schema_shape(const schema_shape&) = delete;
    schema_shape& operator=(const schema_shape&) = delete;

    [[nodiscard]] const message_shape& root() const { return *root_; }

private:
    friend class shape_builder;

    google::protobuf::Arena arena_;
    std::deque<std::string> names_;  // full ones, which the shapes borrow
    std::deque<message_shape> messages_;
    std::deque<enum_shape> enums_;
    const message_shape* root_ = nullptr;
};

}  // namespace foldline::inline v0
