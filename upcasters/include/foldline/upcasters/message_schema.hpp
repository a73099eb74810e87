#pragma once

#include <foldline/core/codec.hpp>
#include <foldline/core/event_type.hpp>

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>

namespace foldline::inline v0 {

/// The class of a stored event, made of the schema that the store keeps: its events can be read when the code that was
/// generated for them is long gone.
///
/// Threads: shared. Messages and descriptors live no longer than it does.
class message_schema {
public:
    /// Takes some 0.4 ms. Throws `definition_error` if no message can be made of the descriptors.
    explicit message_schema(const event_schema& stored);
    message_schema(const message_schema&) = delete;
    message_schema& operator=(const message_schema&) = delete;
    ~message_schema();

    [[nodiscard]] event_type type() const;
    [[nodiscard]] const google::protobuf::Descriptor& descriptor() const;
    [[nodiscard]] message_ptr new_message() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

// What foldline's options say, of generated messages and of stored schemas.

/// Whether the field bears `(foldline.personal)`.
[[nodiscard]] bool is_personal(const google::protobuf::FieldDescriptor& field);
/// Whether the field bears `(foldline.subject_id)`.
[[nodiscard]] bool is_subject_id(const google::protobuf::FieldDescriptor& field);
/// Whether the message, or one that it holds, has a personal field.
[[nodiscard]] bool holds_personal_data(const google::protobuf::Descriptor& message);
/// Whether the message bears `(foldline.retired)`.
[[nodiscard]] bool is_retired(const google::protobuf::Descriptor& message);

}  // namespace foldline::inline v0
