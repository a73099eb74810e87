#pragma once

#include <foldline/core/event_view.hpp>
#include <foldline/sqlite/sqlite_event_store.hpp>

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <unordered_map>

namespace foldline::inline v0::cli {

/// What became of a payload.
///
/// value, of borrowed parts: the message lives until the next one is asked for.
struct stored_message {
    const google::protobuf::Message* message = nullptr;
    std::string problem{};                ///< why there is no message, or not all of it
    bool may_hold_personal_data = false;  ///< of the bytes, where there is no message
};

/// Reads payloads by the schemas that the file keeps, without the classes of the program that wrote them.
///
/// confined.
class stored_messages {
public:
    /// `store` outlives it.
    explicit stored_messages(const sqlite::sqlite_event_store& store);
    ~stored_messages();

    [[nodiscard]] stored_message decode(const event_view& event);

private:
    struct schema;
    const schema& schema_of(event_type_id type);

    const sqlite::sqlite_event_store& store_;
    std::unordered_map<event_type_id, std::unique_ptr<schema>> schemas_;
};

/// Whether the field bears `(foldline.personal)`.
[[nodiscard]] bool is_personal(const google::protobuf::FieldDescriptor& field);

}  // namespace foldline::inline v0::cli
