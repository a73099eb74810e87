#pragma once

#include <foldline/core/event_store.hpp>
#include <foldline/core/event_view.hpp>

#include <google/protobuf/message.h>

#include <cstddef>
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
    std::size_t revision = 0;             ///< of the stored schema that it was read by, from 1; 0 if by none
};

/// Reads payloads by the schemas that the file keeps, without the classes of the program that wrote them.
///
/// confined.
class stored_messages {
public:
    /// `store` outlives it.
    explicit stored_messages(const event_store& store);
    ~stored_messages();

    /// By the newest schema that the bytes fit: it reads what was written by the older ones, too.
    [[nodiscard]] stored_message decode(const event_view& event);
    /// The newest usable schema of a type; null where there is none. Lives as long as this does.
    [[nodiscard]] const google::protobuf::Descriptor* newest_schema(event_type_id type);

private:
    struct revision;
    struct known_type;

    known_type& known(event_type_id type);
    void load_revisions(known_type& of, event_type_id type);
    [[nodiscard]] stored_message decode(const known_type& known, const event_view& event) const;

    const event_store& store_;
    std::unordered_map<event_type_id, std::unique_ptr<known_type>> types_;
};

}  // namespace foldline::inline v0::cli
